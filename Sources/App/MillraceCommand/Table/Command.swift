import Millrace

/// One command of the program, declared once: parsing, hints, help, and whatever else speaks of commands come from here.
struct Command: Sendable {
    /// Something named by its place on the command line.
    struct Argument: Sendable {
        /// The name, in capitals: `CONFIG`.
        let name: String
        /// What it is, one sentence.
        let meaning: String
        /// Whether it may be left out. Nothing that must be there follows one that may be left out.
        let isOptional: Bool

        /// An argument that must be there.
        init(_ name: String, _ meaning: String) {
            self.name = name
            self.meaning = meaning
            isOptional = false
        }

        private init(optional name: String, _ meaning: String) {
            self.name = name
            self.meaning = meaning
            isOptional = true
        }

        /// An argument that may be left out.
        static func optional(_ name: String, _ meaning: String) -> Argument { Argument(optional: name, meaning) }
    }

    /// The name as typed.
    let name: String
    /// What it does, for the list of commands.
    let summary: String
    /// More of that, a paragraph each.
    let details: [String]
    /// What is named by its place.
    let arguments: [Argument]
    /// What is named by a word, besides ``standardOptions``.
    let options: [CommandOption]
    /// Options that a later version has: refused by name.
    let laterOptions: [String]
    /// A command line that works as printed, for a shell.
    let example: String
    /// How it may end, besides a usage error.
    let exits: [ExitCode]
    /// The work; answers the exit code. An error that is thrown is printed, and decides the exit code.
    let run: @Sendable (Invocation) throws(MillraceError) -> Int32

    /// A command.
    init(
        _ name: String, _ summary: String, details: [String] = [], arguments: [Argument] = [],
        options: [CommandOption] = [], laterOptions: [String] = [], example: String, exits: [ExitCode],
        run: @escaping @Sendable (Invocation) throws(MillraceError) -> Int32
    ) {
        self.name = name
        self.summary = summary
        self.details = details
        self.arguments = arguments
        self.options = options
        self.laterOptions = laterOptions
        self.example = example
        self.exits = exits
        self.run = run
    }

    /// The options that every command has.
    static let standardOptions: [CommandOption] = [
        .value(
            "log-level", .choice("LEVEL", ["debug", "info", "warn", "error"]), default: "info",
            "the least that is logged"),
        .value(
            "log", .choice("FORMAT", ["auto", "text", "json"]), default: "auto",
            "how log lines are written, to standard error; auto is text, but JSON into a pipe"),
        .flag("help", "prints this"),
        .flag("version", "prints the version"),
    ]

    /// All options: the command's own, then the standard ones.
    var allOptions: [CommandOption] { options + Self.standardOptions }

    /// How it is called: `millrace try [options] CONFIG [FILE]`.
    var usage: String {
        var words = ["millrace", name] + options.filter(\.isRequired).map(\.form) + ["[options]"]
        words += arguments.map { $0.isOptional ? "[\($0.name)]" : $0.name }
        return words.joined(separator: " ")
    }
}
