import Millrace
import MillraceService
import Platform

/// A command line that was understood, and what the command works with.
struct Invocation: Sendable {
    /// The command.
    let command: Command
    /// What stands around it.
    let surroundings: Surroundings
    /// The arguments by name.
    private let arguments: [String: String]
    /// The values by the option's name, in the order of the command line; defaults are filled in, flags have none.
    private let values: [String: [ValueForm.Value]]

    /// An invocation of `command`.
    init(
        _ command: Command, _ surroundings: Surroundings, arguments: [String: String],
        values: [String: [ValueForm.Value]]
    ) {
        self.command = command
        self.surroundings = surroundings
        self.arguments = arguments
        self.values = values
    }

    /// The argument `name`; nil where it was left out.
    func argument(_ name: String) -> String? { arguments[name] }

    /// Whether the option `name` is there.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The texts of the option `name`, in the order of the command line.
    func texts(_ name: String) -> [String] {
        (values[name] ?? []).compactMap { if case .text(let text) = $0 { text } else { nil } }
    }

    /// The text of the option `name`.
    func text(_ name: String) -> String? { texts(name).first }

    /// The number of the option `name`.
    func integer(_ name: String) -> Int? { if case .integer(let value)? = values[name]?.first { value } else { nil } }

    /// The duration of the option `name`, in milliseconds.
    func duration(_ name: String) -> Int64? {
        if case .duration(let value)? = values[name]?.first { value } else { nil }
    }

    /// The size of the option `name`, in bytes.
    func size(_ name: String) -> Int? { if case .size(let value)? = values[name]?.first { value } else { nil } }

    /// The argument or option `name`, which the declaration says must be there.
    func required(_ name: String) throws(MillraceError) -> String {
        guard let value = arguments[name] ?? text(name) else {
            throw MillraceError(.internal, "\(name) is not declared as required")
        }
        return value
    }
}

extension Invocation {
    /// Writes a result to standard output; what cannot be written is an error.
    func write(_ text: String) throws(MillraceError) {
        do throws(SystemError) {
            try surroundings.output.write(Array(text.utf8).span)
        } catch {
            throw MillraceError(.cannotCreate, "\(error)")
        }
    }

    /// Opens the log, as `--log` and `--log-level` have it. Close it last.
    func openLog() throws(MillraceError) -> LogWriter {
        let format = text("log").flatMap { LogFormat(rawValue: $0) }
        let level = NoteLevel.allCases.first { "\($0)" == text("log-level") } ?? .info
        do throws(SystemError) {
            return try LogWriter(surroundings.error, LogStyle(format, for: surroundings.error), level: level)
        } catch {
            throw MillraceError(.internal, "\(error)")
        }
    }
}
