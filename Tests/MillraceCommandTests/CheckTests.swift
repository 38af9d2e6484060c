import FoundationEssentials
import Millrace
import Platform
import Testing

@testable import MillraceCommand

/// `millrace check`, over kinds of the tests' own.
@Suite struct CheckTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func check(
        _ text: String, _ options: [String] = [], registry: Registry = .fake()
    ) throws -> (code: Int32, output: String, error: String) {
        try File(folder("a.yaml"), [.writing, .creating, .truncating]).write(text)
        let ran = try Ran(["check", folder("a.yaml")] + options, registry: registry)
        return (ran.code, ran.output.replacing(folder.path + "/", with: ""), ran.error)
    }

    private func config(brokers: String = "here", extra: String = "") -> String {
        """
        name: orders
        source: { fake: { brokers: "\(brokers)" } }
        decode: none
        sinks: { clean: { fake: {} } }
        dead_letter: {}
        \(extra)
        """
    }

    @Test func aGoodOneIsSaidToBeGood() throws {
        let ran = try check(config())
        #expect(ran.code == 0)
        #expect(ran.output == "a.yaml: 0 errors\n")
        #expect(ran.error.isEmpty)
        #expect(try check(config(), ["--json"]).output.isEmpty)
    }

    @Test func anEmptyNameIsNoFile() throws {
        let ran = try Ran(["check", ""])
        #expect(ran.code == 64)
        #expect(ran.error.hasPrefix("millrace check: CONFIG is an empty text\n"))
        #expect(try Ran(["replay", "a.yaml", "--from", "earliest", "--state=~/x"]).code == 64)
    }

    /// An ordinary file where the control socket is to be stays what it is.
    @Test func aFileWhereTheSocketIsToBeIsRefused() throws {
        try File(folder("a.sock"), [.writing, .creating]).write("mine")
        let ran = try check(config(extra: "admin: { socket: \(folder("a.sock")) }"))
        #expect(ran.code == 78)
        #expect(ran.output.contains("is an ordinary file, which Millrace does not replace"))
        #expect(try check(config(extra: "admin: { socket: \(folder.path) }")).code == 78)
        #expect(try check(config(extra: "admin: { socket: \(folder("b.sock")) }")).output == "a.yaml: 0 errors\n")
    }

    @Test func allMistakesAreResults() throws {
        let ran = try check(config(extra: "batch: { records: lots, bites: 1 }"))
        #expect(ran.code == 78)
        #expect(ran.output.contains("a.yaml:6:19: error: batch.records must be a whole number, not \"lots\"\n"))
        #expect(ran.output.contains("did you mean \"bytes\"?\n"))
        #expect(ran.output.hasSuffix("2 errors, nothing was started\n"))
        #expect(ran.error.isEmpty)
    }

    @Test func aWarningIsNoFailure() throws {
        let ran = try check(config(brokers: "odd"))
        #expect(ran.code == 0)
        #expect(ran.output.contains("warning: odd brokers\n"))
        #expect(ran.output.hasSuffix("a.yaml: 0 errors, 1 warning\n"))
    }

    @Test func programsReadObjects() throws {
        let ran = try check(config(extra: "batch: { records: lots, bites: 1 }"), ["--json"])
        #expect(ran.code == 78)
        struct Line: Decodable {
            let file: String
            let line: Int
            let severity: String
        }
        let lines = try ran.output.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        #expect(lines.map(\.line) == [6, 6])
        #expect(lines.allSatisfy { $0.severity == "error" && $0.file == "a.yaml" })
    }

    @Test func secretsNeedNotBeAtHand() throws {
        let text = config(brokers: "${env:MILLRACE_TESTS_HAVE_NO_SUCH_VARIABLE}")
        let ran = try check(text)
        #expect(ran.code == 78)
        #expect(ran.output.contains("${env:MILLRACE_TESTS_HAVE_NO_SUCH_VARIABLE} is not set"))
        #expect(try check(text, ["--no-env"]).code == 0)
        #expect(try check(text, ["--no-env", "--connect"]).code == 64)
    }

    @Test func credentialsComeFromTheirFolder() throws {
        try File(folder("kafka"), [.writing, .creating]).write("odd\n")
        let text = config(brokers: "${credential:kafka}")
        #expect(try check(text, ["--credentials", folder.path]).output.hasSuffix("a.yaml: 0 errors, 1 warning\n"))
        #expect(try check(text, ["--credentials", folder.path + "/nowhere"]).code == 78)
    }

    @Test func aFileThatIsNotThere() throws {
        let ran = try Ran(["check", folder("none.yaml")])
        #expect(ran.code == 66)
        #expect(ran.error == "millrace check: cannot open \(folder("none.yaml")): No such file or directory\n")
    }

    @Test func partsAreLookedAt() throws {
        let registry = Registry.fake(letters: .doubtful("orders.dlq keeps 7d", remedy: "raise its retention"))
        let ran = try check(config(brokers: "odd"), ["--connect"], registry: registry)
        #expect(ran.code == 0)
        #expect(
            ran.output.hasSuffix(
                """
                ok  source       4 partitions
                ok  sink:clean   -
                ~   dead_letter  orders.dlq keeps 7d
                                 fix: raise its retention
                0 errors, 2 warnings

                """))
    }

    @Test(
        arguments: [
            (Readiness.unreachable("no broker answers"), Readiness.ready(""), 69),
            (.unreachable("no broker answers"), .refused(MillraceError(.notPermitted, "no")), 77),
            (
                .refused(MillraceError(.config, "no such topic", remedy: "make it")),
                .refused(MillraceError(.notPermitted, "no")), 78
            ),
            (.ready(""), .doubtful("odd", remedy: "mend it"), 0),
        ] as [(Readiness, Readiness, Int32)])
    func theExitCodeSaysWhy(_ source: Readiness, _ sink: Readiness, _ code: Int32) throws {
        let registry = Registry.fake(source: source, sink: sink)
        #expect(try check(config(), ["--connect"], registry: registry).code == code)
        let json = try check(config(), ["--connect", "--json"], registry: registry)
        #expect(json.code == code)
        struct Line: Decodable {
            let part: String
            let state: String
            let fix: String?
        }
        let lines = try json.output.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        #expect(lines.map(\.part) == ["source", "sink:clean", "dead_letter"])
    }
}
