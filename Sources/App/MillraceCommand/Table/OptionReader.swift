import Millrace

/// Reads the words behind a command's name.
///
/// Options stand anywhere: `--name value` or `--name=value`; behind `--` everything is an argument. A value that begins with
/// `--` needs the `=`, so that a forgotten value does not swallow the next option.
struct OptionReader {
    private let command: Command
    private var arguments: [String] = []
    private var values: [String: [ValueForm.Value]] = [:]

    /// A reader for the words of `command`.
    init(_ command: Command) {
        self.command = command
    }

    /// What `words` ask for. A plea for help wins over any mistake.
    mutating func read(
        _ words: ArraySlice<String>, _ surroundings: Surroundings
    ) throws(CommandParser.Failure) -> CommandParser.Request {
        let options = words.prefix { $0 != "--" }
        if options.contains("--help") || options.contains("-h") { return .help(command) }
        if options.contains("--version") { return .version }
        var rest = words
        while let word = rest.popFirst() {
            if word == "--" {
                arguments += rest
                break
            }
            if word.hasPrefix("-") && word != "-" { try readOption(word, &rest) } else { arguments.append(word) }
        }
        let named = try nameArguments()
        try fillIn()
        return .run(Invocation(command, surroundings, arguments: named, values: values))
    }

    private mutating func readOption(
        _ word: String, _ rest: inout ArraySlice<String>
    ) throws(CommandParser.Failure) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let typed = String(parts[0])
        let option = try option(typed)
        guard let form = option.value else {
            if parts.count > 1 { throw fail("\(typed) takes no value") }
            values[option.name] = []
            return
        }
        if values[option.name] != nil && !option.isRepeated { throw fail("\(typed) is given twice") }
        let text: String
        if parts.count > 1 {
            text = String(parts[1])
        } else if let next = rest.first, !next.hasPrefix("--") {
            text = next
            rest = rest.dropFirst()
        } else {
            throw fail("\(typed) needs a value", remedy: option.form)
        }
        do throws(ValueForm.Mismatch) {
            values[option.name, default: []].append(try form.read(text))
        } catch {
            let hint = error.suggestion.map { "; did you mean \"\($0)\"?" } ?? ""
            throw fail("\(typed) must be \(error.expected), not \"\(text)\"\(hint)")
        }
    }

    private func option(_ typed: String) throws(CommandParser.Failure) -> CommandOption {
        let known = command.allOptions
        if let option = known.first(where: { "--\($0.name)" == typed }) { return option }
        if command.laterOptions.contains(where: { "--\($0)" == typed }) { throw fail("\(typed): not in this version") }
        let names = (known.map(\.name) + command.laterOptions).map { "--\($0)" }
        if let nearest = Nearest.match(typed, in: names) {
            throw fail("unknown option \"\(typed)\"; did you mean \"\(nearest)\"?")
        }
        throw fail("unknown option \"\(typed)\"", remedy: "`millrace help \(command.name)` lists the options")
    }

    private func nameArguments() throws(CommandParser.Failure) -> [String: String] {
        if arguments.count > command.arguments.count {
            throw fail("unexpected argument \"\(arguments[command.arguments.count])\"", remedy: command.usage)
        }
        for (argument, text) in zip(command.arguments, arguments) where text.isEmpty {
            throw fail("\(argument.name) is an empty text", remedy: "a variable of the shell that is not set?")
        }
        for argument in command.arguments.dropFirst(arguments.count) where !argument.isOptional {
            throw fail("\(argument.name) is missing", remedy: command.usage)
        }
        return Dictionary(uniqueKeysWithValues: zip(command.arguments.map(\.name), arguments))
    }

    private mutating func fillIn() throws(CommandParser.Failure) {
        for option in command.allOptions where values[option.name] == nil {
            if option.isRequired { throw fail("--\(option.name) is missing", remedy: command.usage) }
            guard let text = option.defaultText, let value = try? option.value?.read(text) else { continue }
            values[option.name] = [value]
        }
    }

    private func fail(_ message: String, remedy: String? = nil) -> CommandParser.Failure {
        CommandParser.Failure(command.name, message, remedy: remedy)
    }
}
