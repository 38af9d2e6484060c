import Millrace
import Testing

@testable import MillraceCommand

/// What command lines mean, on a table of the tests' own.
@Suite struct CommandParserTests {
    private static let load = Command(
        "load", "loads", arguments: [.init("CONFIG", "a file"), .optional("FILE", "another")],
        options: [
            .flag("json", "as JSON"), .value("records", .integer("N", 1...1_000), default: "10", "how many"),
            .value("for", .duration(1_000...60_000), "how long"), .value("limit", .size(1_024...1_048_576), "how much"),
            .repeated("topic", .checked("NAME:N", example: "orders:4") { $0.contains(":") }, "topics"),
            .value("mode", .choice("MODE", ["fast", "slow"]), "how"), .value("out", .file, "where to"),
        ], laterOptions: ["connect"], example: "millrace load a.yaml", exits: [.done]
    ) { (_) throws(MillraceError) in 0 }

    private static let send = Command(
        "send", "sends", options: [.required("to", .text("WHERE"), "where to")], example: "millrace send --to a",
        exits: [.done]
    ) { (_) throws(MillraceError) in 0 }

    private let parser = CommandParser(
        commands: [load, send], surroundings: Surroundings(registry: Registry()))

    private func invocation(_ words: String...) throws -> Invocation {
        guard case .run(let invocation) = try parser.parse(words) else { throw Unexpected() }
        return invocation
    }

    private func message(_ line: String) -> String? {
        do throws(CommandParser.Failure) {
            _ = try parser.parse(line.split(separator: " ").map(String.init))
            return nil
        } catch {
            #expect(error.error.code == .usage)
            return ([error.command].compactMap { $0 } + [error.error.description]).joined(separator: ": ")
        }
    }

    private struct Unexpected: Error {}

    @Test func optionsStandAnywhere() throws {
        for words in [["--json", "a.yaml", "--for", "5s"], ["a.yaml", "--for=5s", "--json"]] {
            guard case .run(let invocation) = try parser.parse(["load"] + words) else { throw Unexpected() }
            #expect(invocation.argument("CONFIG") == "a.yaml")
            #expect(invocation.argument("FILE") == nil)
            #expect(invocation.has("json"))
            #expect(invocation.duration("for") == 5_000)
        }
    }

    @Test func whatIsNotGivenHasItsDefault() throws {
        let invocation = try invocation("load", "a.yaml")
        #expect(invocation.integer("records") == 10)
        #expect(invocation.text("log-level") == "info")
        #expect(invocation.text("log") == "auto")
        #expect(!invocation.has("json"))
        #expect(!invocation.has("for"))
        #expect(invocation.texts("topic").isEmpty)
    }

    @Test func valuesAreReadByTheirForm() throws {
        let invocation = try invocation(
            "load", "a.yaml", "-", "--records", "1000", "--limit=64KiB", "--topic", "a:1", "--topic=b:2", "--mode",
            "slow",
            "--out", "x=y")
        #expect(invocation.argument("FILE") == "-")
        #expect(invocation.integer("records") == 1_000)
        #expect(invocation.size("limit") == 65_536)
        #expect(invocation.texts("topic") == ["a:1", "b:2"])
        #expect(invocation.text("mode") == "slow")
        #expect(invocation.text("out") == "x=y")
        #expect(try invocation.required("CONFIG") == "a.yaml")
    }

    @Test func behindTwoDashesEverythingIsAnArgument() throws {
        let invocation = try invocation("load", "--json", "--", "--records", "-h")
        #expect(invocation.argument("CONFIG") == "--records")
        #expect(invocation.argument("FILE") == "-h")
        #expect(invocation.integer("records") == 10)
    }

    @Test func aValueMayBeginWithOneDash() throws {
        #expect(try invocation("load", "a", "--out", "-2h").text("out") == "-2h")
        #expect(try invocation("load", "a", "--out=--x").text("out") == "--x")
    }

    @Test(arguments: [
        ("rn", #"unknown command "rn""# + "\n  fix: `millrace help` lists the commands"),
        ("laod a", #"unknown command "laod"; did you mean "load"?"#),
        ("--json load", #"the command comes first, then "--json""# + "\n  fix: millrace COMMAND --json"),
        ("help laod", #"unknown command "laod"; did you mean "load"?"#),
        ("load a --recods 5", #"load: unknown option "--recods"; did you mean "--records"?"#),
        ("load a --recods=5", #"load: unknown option "--recods"; did you mean "--records"?"#),
        ("load a --log-levle info", #"load: unknown option "--log-levle"; did you mean "--log-level"?"#),
        ("load a --conect", #"load: unknown option "--conect"; did you mean "--connect"?"#),
        ("load a -v", #"load: unknown option "-v""# + "\n  fix: `millrace help load` lists the options"),
        ("load a --connect", "load: --connect: not in this version"),
        ("load a --json=yes", "load: --json takes no value"),
        ("load a --records", "load: --records needs a value\n  fix: --records N"),
        ("load a --records --json", "load: --records needs a value\n  fix: --records N"),
        ("load a --records 1 --records 2", "load: --records is given twice"),
        ("load a --records ten", #"load: --records must be a whole number from 1 to 1000, not "ten""#),
        ("load a --records 1001", #"load: --records must be a whole number from 1 to 1000, not "1001""#),
        ("load a --for 30", #"load: --for must be a number with its unit, for example 30s, not "30""#),
        (
            "load a --for 30secs",
            #"load: --for must be a number with its unit, for example 30s, not "30secs"; did you mean "30s"?"#
        ),
        ("load a --for 2m", #"load: --for must be from 1s to 1m, not "2m""#),
        (
            "load a --limit 1kb",
            #"load: --limit must be a number with its unit, for example 64KiB, not "1kb"; did you mean "1KiB"?"#
        ),
        ("load a --limit 2MiB", #"load: --limit must be from 1KiB to 1MiB, not "2MiB""#),
        ("load a --mode fats", #"load: --mode must be fast or slow, not "fats"; did you mean "fast"?"#),
        ("load a --topic orders", #"load: --topic must be NAME:N, for example orders:4, not "orders""#),
        ("load a --out=", #"load: --out must be not empty, not """#),
        ("load", "load: CONFIG is missing\n  fix: millrace load [options] CONFIG [FILE]"),
        ("load a b c", "load: unexpected argument \"c\"\n  fix: millrace load [options] CONFIG [FILE]"),
        ("send", "send: --to is missing\n  fix: millrace send --to WHERE [options]"),
        ("send x --to a", "send: unexpected argument \"x\"\n  fix: millrace send --to WHERE [options]"),
    ])
    func mistakesAreNamed(_ line: String, _ expected: String) {
        #expect(message(line) == expected)
    }

    @Test(arguments: ["load --help", "load -h", "load a b c --recods --help", "help load", "--help load", "-h load"])
    func aPleaForHelpIsHeard(_ line: String) throws {
        guard case .help(let command) = try parser.parse(line.split(separator: " ").map(String.init)) else {
            throw Unexpected()
        }
        #expect(command.name == "load")
    }

    @Test func nothingIsNotEnough() throws {
        guard case .nothing = try parser.parse([]) else { throw Unexpected() }
    }

    @Test(arguments: ["help", "--help", "-h", "help --log json"])
    func theListIsAskedFor(_ line: String) throws {
        guard case .list = try parser.parse(line.split(separator: " ").map(String.init)) else { throw Unexpected() }
    }

    @Test(arguments: ["--version", "load --version", "load a --version --json"])
    func theVersionIsAskedFor(_ line: String) throws {
        guard case .version = try parser.parse(line.split(separator: " ").map(String.init)) else { throw Unexpected() }
    }
}
