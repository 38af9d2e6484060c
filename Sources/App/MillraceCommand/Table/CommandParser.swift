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
    /// Names of commands that a later version has.
    let later: [String]
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
        let command = try command(first)
        var reader = OptionReader(command)
        return try reader.read(words.dropFirst(), surroundings)
    }

    private func help(_ words: ArraySlice<String>) throws(Failure) -> Request {
        guard let name = words.first, !name.hasPrefix("-") else { return .list }
        return .help(try command(name))
    }

    private func command(_ name: String) throws(Failure) -> Command {
        if let command = commands.first(where: { $0.name == name }) { return command }
        if later.contains(name) { throw Failure(name, "not in this version") }
        if name.hasPrefix("-") {
            throw Failure(nil, "the command comes first, then \"\(name)\"", remedy: "millrace COMMAND \(name)")
        }
        let names = commands.map(\.name) + later + ["help"]
        if let nearest = Nearest.match(name, in: names) {
            throw Failure(nil, "unknown command \"\(name)\"; did you mean \"\(nearest)\"?")
        }
        throw Failure(nil, "unknown command \"\(name)\"", remedy: "`millrace help` lists the commands")
    }
}
