import Millrace
import Platform
import Testing

@testable import MillraceCommand
@testable import MillraceService

/// The commands as they are declared.
@Suite struct CommandTableTests {
    @Test func namesAreUnique() {
        let names = CommandTable.all.map(\.name)
        #expect(Set(names).count == names.count)
        for command in CommandTable.all {
            let options = command.allOptions.map(\.name) + command.laterOptions
            #expect(Set(options).count == options.count, "\(command.name)")
        }
    }

    @Test func everyCommandOfTheDesignIsKnown() {
        let names = CommandTable.all.map { $0.words[0] }
        let design = [
            "demo", "init", "run", "check", "try", "test", "status", "top", "pause", "resume", "skip", "resolve",
            "seek",
            "replay", "dlq", "broker", "produce",
        ]
        #expect(Set(names) == Set(design))
    }

    @Test func declarationsHoldTogether() {
        for command in CommandTable.all {
            #expect(command.exits.contains(.done), "\(command.name)")
            #expect(!command.summary.hasSuffix("."), "\(command.name)")
            let firstOptional = command.arguments.firstIndex(where: \.isOptional) ?? command.arguments.count
            #expect(command.arguments[firstOptional...].allSatisfy { $0.isOptional }, "\(command.name)")
            for option in command.allOptions {
                guard let text = option.defaultText else { continue }
                #expect((try? option.value?.read(text)) != nil, "\(command.name) --\(option.name)")
            }
        }
    }

    @Test func helpFitsIntoTheScreen() throws {
        for words in CommandTable.all.map({ $0.words + ["--help"] }) + [["help"], ["help", "dlq"]] {
            let ran = try Ran(words)
            #expect(ran.code == 0)
            #expect(ran.error.isEmpty)
            for line in ran.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
            #expect(!ran.output.contains("  \n"))
        }
    }

    @Test func helpNamesEverything() throws {
        for command in CommandTable.all {
            let page = try Ran(["help"] + command.words).output
            for option in command.allOptions { #expect(page.contains("\n  \(option.form)"), "\(command.name)") }
            for argument in command.arguments { #expect(page.contains("\n  \(argument.name)"), "\(command.name)") }
            #expect(page.contains(command.example.split(separator: "\n").first ?? "-"), "\(command.name)")
        }
        let list = try Ran(["help"]).output
        #expect(try Ran([]).error == list)
        for command in CommandTable.all { #expect(list.contains("\n  \(command.name) "), "\(command.name)") }
    }

    /// Each `millrace …` of an example is one that the parser takes.
    @Test func examplesAreUnderstood() throws {
        let parser = CommandParser(
            commands: CommandTable.all, surroundings: Surroundings(registry: .standard))
        for command in CommandTable.all {
            let parts = command.example.split(whereSeparator: { "|&;>\n".contains($0) })
            let lines = parts.map { $0.split(separator: " ").map(String.init) }.filter { $0.first == "millrace" }
            #expect(lines.contains { $0.dropFirst().starts(with: command.words) }, "\(command.name)")
            for line in lines {
                guard case .run = try parser.parse(Array(line.dropFirst())) else {
                    Issue.record("\(line)")
                    continue
                }
            }
        }
    }

    @Test func aFamilyAsksForItsMember() throws {
        let bare = try Ran(["dlq"])
        #expect(bare.code == 64)
        #expect(bare.error.contains("list, show, redrive"))
        let wrong = try Ran(["dlq", "lst", "orders.yaml"])
        #expect(wrong.code == 64)
        #expect(wrong.error.contains("did you mean \"list\"?"))
        #expect(try Ran(["dlq", "--help"]).output == Ran(["help", "dlq"]).output)
        #expect(try Ran(["dlq", "show", "--help"]).output == Ran(["help", "dlq", "show"]).output)
        #expect(try Ran(["dlqq", "list"]).error.contains("did you mean \"dlq\"?"))
    }

    @Test func theVersionIsOneLine() throws {
        let ran = try Ran(["--version"])
        #expect(ran.code == 0)
        #expect(ran.output.hasPrefix("millrace \(Version.current), librdkafka "))
        #expect(ran.output.split(separator: "\n").count == 1)
        for command in CommandTable.all { #expect(try Ran(command.words + ["--version"]).output == ran.output) }
    }

    @Test func logOptionsAreWhatTheLogKnows() {
        let options = Dictionary(uniqueKeysWithValues: Command.standardOptions.map { ($0.name, $0.value) })
        guard case .choice(_, let levels)?? = options["log-level"], case .choice(_, let formats)?? = options["log"]
        else {
            Issue.record("no choices")
            return
        }
        #expect(levels == NoteLevel.allCases.map { "\($0)" })
        #expect(formats == ["auto"] + LogFormat.allCases.map(\.rawValue))
    }
}
