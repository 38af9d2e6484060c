/// What may stand at a place of the command line, for completions.
enum WordKind: Equatable {
    /// One of these words.
    case words([String])
    /// The path of a config.
    case config
    /// The path of any file.
    case file
    /// The path of a folder.
    case folder
    /// Something that nobody but the person knows.
    case free

    /// What the value of an option is.
    init(_ form: ValueForm) {
        switch form {
        case .choice(_, let words): self = .words(words)
        case .file: self = .file
        case .folder: self = .folder
        case .text, .integer, .duration, .size, .checked: self = .free
        }
    }

    /// What an argument is, which its name says.
    init(_ argument: Command.Argument) {
        switch argument.name {
        case "CONFIG": self = .config
        case "FILE": self = .file
        case "DIR": self = .folder
        default: self = .free
        }
    }
}
