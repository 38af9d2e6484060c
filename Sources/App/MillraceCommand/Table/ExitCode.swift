import Millrace

/// How a command ends, for scripts and for systemd: numbers as sysexits.h has them where it has one.
struct ExitCode: Sendable, Hashable {
    /// The number.
    let number: Int32
    /// What it says.
    let meaning: String

    /// All of them, in their order.
    static let all: [ExitCode] = [
        done, usage, data, noInput, unavailable, `internal`, cannotCreate, undone, notPermitted, config, fenced,
    ]

    /// Everything asked for was done.
    static let done = ExitCode(number: 0, meaning: "done")
    /// The command line is wrong.
    static let usage = ExitCode(number: MillraceError.Code.usage.exitCode, meaning: "the command line is wrong")
    /// Data is not what it should be.
    static let data = ExitCode(number: MillraceError.Code.data.exitCode, meaning: "a record is dead or cannot be used")
    /// A file cannot be opened.
    static let noInput = ExitCode(number: MillraceError.Code.noInput.exitCode, meaning: "a file cannot be opened")
    /// A broker does not answer.
    static let unavailable = ExitCode(
        number: MillraceError.Code.unavailable.exitCode, meaning: "a broker or another service does not answer")
    /// A fault of Millrace itself.
    static let `internal` = ExitCode(
        number: MillraceError.Code.internal.exitCode, meaning: "a fault of Millrace itself")
    /// Output cannot be created.
    static let cannotCreate = ExitCode(
        number: MillraceError.Code.cannotCreate.exitCode, meaning: "output cannot be created")
    /// It was stopped before everything that was begun was done.
    static let undone = ExitCode(number: 75, meaning: "stopped with work undone, which will be read again")
    /// A permission or credential is missing.
    static let notPermitted = ExitCode(
        number: MillraceError.Code.notPermitted.exitCode, meaning: "a permission or credential is missing")
    /// The configuration is wrong.
    static let config = ExitCode(
        number: MillraceError.Code.config.exitCode, meaning: "the configuration is wrong, or a topic is missing")
    /// Another instance has taken this one's place.
    static let fenced = ExitCode(
        number: MillraceError.Code.fenced.exitCode, meaning: "another instance has taken this one's place")
}
