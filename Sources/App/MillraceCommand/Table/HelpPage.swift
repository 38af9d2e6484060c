/// What `--help` prints, at most 80 columns wide.
enum HelpPage {
    /// The widest line.
    static let width = 80

    /// The list of commands.
    static func list(_ commands: [Command]) -> String {
        let names = commands.map(\.name) + ["help [COMMAND]"]
        let texts = commands.map(\.summary) + ["tells more of a command"]
        var text = wrapped("millrace \(Version.current): \(Version.summary)") + "\n"
        text += "usage: millrace COMMAND [options] [arguments]\n\n"
        text += columns(Array(zip(names, texts)))
        text += "\nTo begin with: millrace demo\n"
        return text
    }

    /// The list of `commands`, which share their first word.
    static func family(_ commands: [Command]) -> String {
        let word = commands.first?.words.first ?? ""
        var text = "usage: millrace \(word) COMMAND [options] [arguments]\n\n"
        text += columns(commands.map { ($0.name, $0.summary) })
        text += "\n" + wrapped("`millrace help \(word) COMMAND` tells more of one.")
        return text
    }

    /// All about `command`.
    static func page(_ command: Command) -> String {
        var text = wrapped("millrace \(command.name): \(command.summary)") + "\n"
        text += "usage: \(command.usage)\n"
        if !command.arguments.isEmpty {
            text += "\n" + columns(command.arguments.map { ($0.name, $0.meaning) })
        }
        text += "\n" + columns(command.allOptions.map { ($0.form, meaning($0)) })
        for paragraph in command.details { text += "\n" + wrapped(paragraph) }
        text += "\nexample:\n"
        text += command.example.split(separator: "\n").map { "  \($0)\n" }.joined()
        text += "\nexit codes:\n"
        text += columns(([.done, .usage] + command.exits.filter { $0 != .done }).map { ("\($0.number)", $0.meaning) })
        return text
    }

    private static func meaning(_ option: CommandOption) -> String {
        var notes: [String] = []
        if case .choice(_, let words) = option.value {
            // Many words want places where the line may break.
            notes.append(words.joined(separator: words.count > 5 ? " | " : "|"))
        }
        if option.isRequired { notes.append("required") }
        if option.isRepeated { notes.append("may repeat") }
        if let text = option.defaultText { notes.append("default \(text)") }
        return option.meaning + (notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")
    }

    /// Names and their texts beside each other; where a name is too long for its column, its text begins a line below.
    private static func columns(_ rows: [(String, String)]) -> String {
        let widest = 24
        let column = rows.map(\.0.count).filter { $0 <= widest }.max() ?? widest
        let indent = column + 4
        var text = ""
        for (name, meaning) in rows {
            let body = wrapped(meaning, indent: indent)
            if name.count > column {
                text += "  \(name)\n\(body)"
            } else {
                text += "  \(name)" + String(repeating: " ", count: column - name.count + 2) + body.dropFirst(indent)
            }
        }
        return text
    }

    /// `text` broken between words, each line behind `indent` spaces and with a line feed.
    static func wrapped(_ text: String, indent: Int = 0) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let line = lines.last, line.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(line) \(word)"
            } else {
                lines.append(margin + word)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
