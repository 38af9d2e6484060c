import Millrace
import MillraceConfig

/// The man pages: one about the program, one a command, one about the config.
enum ManPages {
    /// millrace(1).
    static func program(_ commands: [Command]) -> String {
        var page = ManText("millrace", section: 1, about: "a stream processing worker for Kafka")
        page.section("SYNOPSIS")
        page.paragraph("`millrace` COMMAND [options] [arguments]", first: true)
        page.section("DESCRIPTION")
        page.paragraph("Millrace \(Version.summary).", first: true)
        page.paragraph("One YAML file is one pipeline: a source, transforms, sinks, and a topic for dead letters.")
        page.section("COMMANDS")
        for command in commands { page.item(command.name, sentence(command.summary)) }
        page.item("help [COMMAND]", "Tells more of a command.")
        page.section("OPTIONS")
        for option in Command.standardOptions { page.item(option.form, meaning(option)) }
        page.section("ENVIRONMENT")
        page.item("NO_COLOR", "Where it is set, nothing is coloured.")
        page.item("CREDENTIALS_DIRECTORY", "Where `${credential:NAME}` of a config looks, as systemd sets it.")
        page.section("EXIT STATUS")
        for code in ExitCode.all { page.item("\(code.number)", sentence(code.meaning)) }
        page.section("EXAMPLES")
        page.lines("millrace demo\nmillrace init > orders.yaml\nmillrace check orders.yaml\nmillrace run orders.yaml")
        page.seeAlso(commands.map { (pageName($0), 1) } + [("millrace.yaml", 5)])
        return page.text
    }

    /// millrace-NAME(1).
    static func command(_ command: Command, of commands: [Command]) -> String {
        var page = ManText(pageName(command), section: 1, about: command.summary)
        page.section("SYNOPSIS")
        page.paragraph(
            command.usage.replacing("millrace \(command.name)", with: "`millrace \(command.name)`"), first: true)
        page.section("DESCRIPTION")
        for (index, paragraph) in ([sentence(command.summary)] + command.details).enumerated() {
            page.paragraph(paragraph, first: index == 0)
        }
        if !command.arguments.isEmpty {
            page.section("ARGUMENTS")
            for argument in command.arguments { page.item(argument.name, sentence(argument.meaning)) }
        }
        page.section("OPTIONS")
        for option in command.allOptions { page.item(option.form, meaning(option)) }
        page.section("EXIT STATUS")
        for code in [.done, .usage] + command.exits.filter({ $0 != .done }) {
            page.item("\(code.number)", sentence(code.meaning))
        }
        page.section("EXAMPLE")
        page.lines(command.example)
        page.seeAlso([("millrace", 1), ("millrace.yaml", 5)])
        return page.text
    }

    /// millrace.yaml(5).
    static func config(_ registry: Registry, _ catalog: KeyCatalog) -> String {
        var page = ManText("millrace.yaml", section: 5, about: "the config of a Millrace pipeline")
        page.section("DESCRIPTION")
        page.paragraph(
            "One YAML file is one pipeline. `millrace check` says everything that is wrong with it; an unknown key is a "
                + "mistake. Durations are a number and a unit (`10ms`, `5s`, `2m`, `1h`), sizes likewise (`64KiB`, `1MiB`).",
            first: true)
        page.paragraph(
            "`${env:NAME}`, `${env:NAME:-default}`, `${file:PATH}` and `${credential:NAME}` stand for values; they are shown as "
                + "*** wherever the config is printed.")
        page.section("KEYS")
        for entry in catalog.entries { page.item(entry.path, meaning(entry)) }
        page.section("DECODERS")
        for kind in registry.decoders { page.item(kind.name, kind.meaning) }
        page.section("EXAMPLE")
        page.lines(InitCommand.config)
        page.seeAlso([("millrace", 1), ("millrace-check", 1), ("millrace-run", 1)])
        return page.text
    }

    private static func pageName(_ command: Command) -> String { "millrace-" + command.words.joined(separator: "-") }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }

    private static func meaning(_ option: CommandOption) -> String {
        var text = sentence(option.meaning)
        if case .choice(_, let words) = option.value { text += " One of \(words.joined(separator: ", "))." }
        if option.isRequired { text += " Required." }
        if option.isRepeated { text += " May be repeated." }
        if let value = option.defaultText { text += " Default: \(value)." }
        return text
    }

    private static func meaning(_ entry: KeyCatalog.Entry) -> String {
        guard let key = entry.key else { return entry.meaning }
        var notes = [entry.meaning]
        notes.append(key.words.prefix(1).uppercased() + key.words.dropFirst() + ".")
        if key.isRequired { notes.append("Required.") }
        if let value = key.defaultText, value != "{}" { notes.append("Default: `\(value)`.") }
        return notes.joined(separator: " ")
    }
}
