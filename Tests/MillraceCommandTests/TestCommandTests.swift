import Millrace
import Platform
import Testing

@testable import MillraceCommand

/// `millrace test`, over transforms of the tests' own.
@Suite struct TestCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ tests: String, _ options: [String] = []) throws -> Ran {
        let config = """
            name: orders
            source: { fake: { brokers: here } }
            transforms: [ { drop: d }, { fail: f }, { mark: "!" } ]
            sinks: { clean: { fake: {} }, archive: { fake: {}, transforms: [ { drop: c } ] } }
            dead_letter: {}
            \(tests)

            """
        try File(folder("a.yaml"), [.writing, .creating, .truncating]).write(config)
        return try Ran(["test", folder("a.yaml")] + options, registry: .trial())
    }

    @Test func casesThatHold() throws {
        let ran = try run(
            """
            tests:
              - { name: both get it, input: a, sinks: { clean: ["a!"], archive: ["a!"] } }
              - { name: only clean gets it, input: { value: c, key: k }, sinks: { clean: ["c!"] } }
              - { name: nobody gets it, input: db }
              - { name: it is dead, input: f, dead: transform }
              - { name: it is dead somehow, input: f, dead: true }
            """)
        #expect(ran.code == 0)
        #expect(
            ran.output == """
                ok    both get it
                ok    only clean gets it
                ok    nobody gets it
                ok    it is dead
                ok    it is dead somehow
                5 cases: 5 passed, 0 failed

                """)
    }

    @Test func casesThatDoNotHoldSayWhatIsDifferent() throws {
        let ran = try run(
            """
            tests:
              - { name: another payload, input: "abc", sinks: { clean: ["abd!"], archive: ["abc!"] } }
              - { name: a sink too many, input: c, sinks: { clean: ["c!"], archive: ["c!"] } }
              - { name: a sink forgotten, input: a, sinks: { clean: ["a!"] } }
              - { name: dead unawares, input: f, sinks: { clean: ["f!"] } }
              - { name: dead in another way, input: f, dead: decode }
              - { name: not dead, input: a, sinks: { clean: ["a!"], archive: ["a!"] }, dead: true }
            """)
        #expect(ran.code == 65)
        let path = folder("a.yaml")
        #expect(
            ran.output == """
                FAIL  another payload  (\(path):7)
                      clean, payload 1:  - abd!
                                         + abc!
                                             ^
                FAIL  a sink too many  (\(path):8)
                      archive, payload 1:  - c!
                                           + (nothing)
                      filtered at sink:archive/transform:1 (drop)
                FAIL  a sink forgotten  (\(path):9)
                      archive, payload 1:  - (nothing)
                                           + a!
                FAIL  dead unawares  (\(path):10)
                      clean, payload 1:  - f!
                                         + (nothing)
                      dead:  - false
                             + transform
                      dead at transform:2: begins with f
                FAIL  dead in another way  (\(path):11)
                      dead:  - decode
                             + transform
                      dead at transform:2: begins with f
                FAIL  not dead  (\(path):12)
                      dead:  - true
                             + false
                6 cases: 0 passed, 6 failed

                """)
    }

    @Test func asJSON() throws {
        let ran = try run(
            """
            tests:
              - { name: a, input: a, sinks: { clean: ["b!"], archive: ["a!"] } }
              - { name: b, input: db }
            """, ["--json"])
        #expect(ran.code == 65)
        let path = folder("a.yaml")
        #expect(
            ran.output == """
                {"case":"a","file":"\(path)","line":7,"passed":false,"differences":[{"sink":"clean","payload":1,\
                "expected":{"payload":"b!"},"found":{"payload":"a!"}}],"remarks":[]}
                {"case":"b","file":"\(path)","line":8,"passed":true,"differences":[],"remarks":[]}

                """)
    }

    @Test func withoutCasesItSaysSo() throws {
        let ran = try run("")
        #expect(ran.code == 78)
        #expect(ran.error.contains("has no cases"))
    }
}
