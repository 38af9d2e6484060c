import Millrace

/// Reads a command line against a table of commands.
struct CommandParser: Sendable {
    /// What a command line asks for.
    enum Request: Sendable {
        /// Nothing: people are shown the list of commands, scripts that they forgot something.
        case nothing
        /// The list of commands.
        case list
        /// All about one command.
        case help(Command)
        /// The list of commands that begin with the same word.
        case family([Command])
        /// The version.
        case version
        /// The work of a command.
        case run(Invocation)
    }

    /// A command line that is wrong, and the command that it was for, where that is known.
    struct Failure: Error {
        let command: String?
        let error: MillraceError

        init(_ command: String?, _ message: String, remedy: String? = nil) {
            self.command = command
            error = MillraceError(.usage, message, remedy: remedy)
        }
    }

    /// The commands there are.
    let commands: [Command]
    /// What the commands work with.
    let surroundings: Surroundings

    /// Reads the words behind the program's name.
    func parse(_ words: [String]) throws(Failure) -> Request {
        guard let first = words.first else { return .nothing }
        switch first {
        case "help", "--help", "-h": return try help(words.dropFirst())
        case "--version": return .version
        default: break
        }
        let family = family(first)
        if !family.isEmpty { return try member(of: family, words) }
        let command = try command(first)
        var reader = OptionReader(command)
        return try reader.read(words.dropFirst(), surroundings)
    }

    private func help(_ words: ArraySlice<String>) throws(Failure) -> Request {
        guard let name = words.first, name != "help", !name.hasPrefix("-") else { return .list }
        let family = family(name)
        if family.isEmpty { return .help(try command(name)) }
        guard let second = words.dropFirst().first, !second.hasPrefix("-") else { return .family(family) }
        return .help(try command(second, of: family))
    }

    /// The commands that share the first word `name` and have another behind it.
    private func family(_ name: String) -> [Command] {
        commands.filter { $0.words.count > 1 && $0.words[0] == name }
    }

    private func member(of family: [Command], _ words: [String]) throws(Failure) -> Request {
        let options = words.dropFirst()
        guard let second = options.first, !second.hasPrefix("-") else {
            if options.contains("--help") || options.contains("-h") { return .family(family) }
            if options.contains("--version") { return .version }
            throw Failure(
                words[0], "it needs one of \(family.map { $0.words[1] }.joined(separator: ", "))",
                remedy: "`millrace help \(words[0])` says what they do")
        }
        var reader = OptionReader(try command(second, of: family))
        return try reader.read(words.dropFirst(2), surroundings)
    }

    private func command(_ second: String, of family: [Command]) throws(Failure) -> Command {
        if let command = family.first(where: { $0.words[1] == second }) { return command }
        let names = family.map { $0.words[1] }
        let hint = Nearest.match(second, in: names).map { "; did you mean \"\($0)\"?" } ?? ""
        throw Failure(
            family[0].words[0], "unknown command \"\(family[0].words[0]) \(second)\"\(hint)",
            remedy: "there are \(names.joined(separator: ", "))")
    }

    private func command(_ name: String) throws(Failure) -> Command {
        if let command = commands.first(where: { $0.name == name }) { return command }
        if name.hasPrefix("-") {
            throw Failure(nil, "the command comes first, then \"\(name)\"", remedy: "millrace COMMAND \(name)")
        }
        let names = commands.map { $0.words[0] } + ["help"]
        if let nearest = Nearest.match(name, in: names) {
            throw Failure(nil, "unknown command \"\(name)\"; did you mean \"\(nearest)\"?")
        }
        throw Failure(nil, "unknown command \"\(name)\"", remedy: "`millrace help` lists the commands")
    }
}
