import FoundationEssentials
import Millrace
import Platform
import Testing

@testable import MillraceCommand

/// `millrace try`, over transforms of the tests' own.
@Suite struct TryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func attempt(_ input: String, _ options: [String] = [], sinks: String = Self.twoSinks) throws -> Ran {
        let config = """
            name: orders
            source: { fake: { brokers: here } }
            decode: none
            transforms: [ { drop: d }, { fail: f }, { mark: "!" } ]
            sinks: \(sinks)
            dead_letter: {}

            """
        try File(folder("a.yaml"), [.writing, .creating, .truncating]).write(config)
        return try Ran(["try", folder("a.yaml")] + options, registry: .trial(), input: input)
    }

    private static let twoSinks = "{ clean: { fake: {} }, archive: { fake: {}, required: false, max_lag: 1MiB } }"

    @Test func eachRecordHasItsEnd() throws {
        let ran = try attempt("a\ndb\nfc\n\n")
        #expect(ran.code == 65)
        #expect(ran.error.isEmpty)
        #expect(
            ran.output == """
                1  delivered  clean, archive  a!
                2  filtered   transform:1 (drop)
                3  dead       transform:2: begins with f
                4  delivered  clean, archive  !
                4 records: 2 delivered, 1 filtered, 1 dead

                """)
    }

    @Test func withoutDeadOnesItSucceeds() throws {
        let ran = try attempt("a\nd\n")
        #expect(ran.code == 0)
        #expect(ran.output.hasSuffix("2 records: 1 delivered, 1 filtered, 0 dead\n"))
        #expect(try attempt("").output == "0 records: 0 delivered, 0 filtered, 0 dead\n")
    }

    private static let ownWays = """
        { clean: { fake: {}, when: x, transforms: [ { mark: "1" } ] }, all: { fake: {}, transforms: [ { fail: y } ] } }
        """

    @Test func sinksHaveTheirOwnWays() throws {
        let ran = try attempt("x\ny\nyx\n?\n", sinks: Self.ownWays)
        #expect(ran.code == 65)
        #expect(
            ran.output == """
                1  delivered  clean  x!1
                              all  x!
                2  dead       sink:all/transform:1: begins with y
                3  dead       sink:all/transform:1: begins with y
                              delivered to clean  yx!1
                4  dead       sink:clean/when: cannot tell
                              delivered to all  ?!
                4 records: 1 delivered, 0 filtered, 3 dead

                """)
    }

    @Test func whatEverySinkTurnsAwayIsFiltered() throws {
        let ran = try attempt("a\n", sinks: "{ clean: { fake: {}, when: x } }")
        #expect(ran.code == 0)
        #expect(ran.output.hasPrefix("1  filtered   sink:clean/when\n"))
    }

    @Test func harmfulTextIsQuoted() throws {
        let ran = try attempt("a\u{1b}[2J\na\"b\n")
        #expect(ran.output.contains(#"1  delivered  clean, archive  "a\u001b[2J!""#))
        #expect(ran.output.contains(#"2  delivered  clean, archive  a"b!"#))
    }

    @Test func programsReadObjects() throws {
        let ran = try attempt("x\ny\nd\n?\n", ["--json"], sinks: Self.ownWays)
        #expect(ran.code == 65)
        let lines = ran.output.split(separator: "\n")
        #expect(
            lines.map(String.init) == [
                #"{"record":1,"outcome":"delivered","deliveries":[{"sink":"clean","payload":"x!1"},{"sink":"all","payload":"x!"}]}"#,
                #"{"record":2,"outcome":"dead","deliveries":[],"stage":"sink:all/transform:1","reason":"transform","error":"begins with y"}"#,
                #"{"record":3,"outcome":"filtered","deliveries":[]}"#,
                #"{"record":4,"outcome":"dead","deliveries":[{"sink":"all","payload":"?!"}],"stage":"sink:clean/when","reason":"transform","error":"cannot tell"}"#,
            ])
        for line in lines {
            struct Line: Decodable {
                let record: Int
                let outcome: String
            }
            _ = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        }
    }

    @Test func realBase64IsDecoded() throws {
        let config = """
            name: orders
            source: { kafka: { brokers: "localhost:9092", topics: [orders], group: g } }
            decode: base64
            sinks: { clean: { kafka: { topic: orders-clean } } }
            dead_letter: { topic: orders.dlq }

            """
        try File(folder("b.yaml"), [.writing, .creating]).write(config)
        try File(folder("in"), [.writing, .creating]).write("eyJpZCI6MX0=\nthis is !! not\n/w==\n")
        let ran = try Ran(["try", folder("b.yaml"), folder("in")])
        #expect(ran.code == 65)
        let lines = ran.output.split(separator: "\n")
        #expect(lines.first == #"1  delivered  clean  {"id":1}"#)
        #expect(lines.dropFirst().first?.hasPrefix("2  dead       decode: ") == true)
        #expect(lines.dropFirst(2).first == "3  delivered  clean  1 bytes, base64 /w==")
        let json = try Ran(["try", "--json", folder("b.yaml"), folder("in")]).output.split(separator: "\n")
        #expect(
            json.last == #"{"record":3,"outcome":"delivered","deliveries":[{"sink":"clean","payload_base64":"/w=="}]}"#)
    }

    @Test func takenApartRecordsAreAllShown() throws {
        let config = """
            name: orders
            source: { fake: { brokers: here } }
            decode: none
            transforms: [ { split: "," }, { drop: d }, { fail: f } ]
            sinks: { clean: { fake: {} } }
            dead_letter: {}

            """
        try File(folder("c.yaml"), [.writing, .creating]).write(config)
        let ran = try Ran(["try", folder("c.yaml")], registry: .trial(), input: "a,d,b,a\na,f\n")
        #expect(
            ran.output == """
                1  delivered  clean  a
                              clean  b
                              clean  a
                2  dead       transform:3: begins with f
                              delivered to clean  a
                2 records: 1 delivered, 0 filtered, 1 dead

                """)
    }

    @Test func aConfigWithMistakesIsRefused() throws {
        try File(folder("d.yaml"), [.writing, .creating]).write("name: orders\n")
        let ran = try Ran(["try", folder("d.yaml")], registry: .trial())
        #expect(ran.code == 78)
        #expect(ran.error.contains("error: the file has no \"source\""))
        #expect(ran.output.isEmpty)
        #expect(try Ran(["try", folder("none.yaml")]).code == 66)
    }
}
