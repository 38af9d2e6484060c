import Millrace
import MillraceConfig
import MillraceService
import Platform

/// The worker of a config that runs somewhere on this machine, as commands reach it.
enum RunningWorker {
    /// The argument that all these commands have.
    static let argument = Command.Argument("CONFIG", "the config that the worker was started with")
    /// How they may end.
    static let exits: [ExitCode] = [.done, .refused, .noInput, .unanswered, .notPermitted, .config]
    /// What they say of how they find the worker.
    static let detail =
        "The worker is asked by its control socket, which only its own user and root may use. Of the config only the name "
        + "and admin.socket are read: no secrets are needed."

    /// A client for the worker of the config that `invocation` names.
    static func client(_ invocation: Invocation) throws(MillraceError) -> ControlClient {
        let path = try invocation.required("CONFIG")
        let loaded = try ConfigFile.loadWithoutVariables(path, invocation)
        guard let name = loaded.name else {
            throw MillraceError(.config, "\(path) has no name", remedy: "`millrace check \(path)` says what is wrong")
        }
        return ControlClient(ControlSocket(pipeline: name, configured: loaded.controlSocket), path: path)
    }

    /// Has the worker follow a command and prints what it says; an error where it does not follow.
    static func command(
        _ verb: String, _ parameters: [(name: String, value: String)], _ invocation: Invocation
    ) throws(MillraceError) -> Int32 {
        let answer = try client(invocation).call("POST", "/\(verb)", parameters)
        guard answer.status == 200 else { throw error(answer) }
        try invocation.write(answer.text)
        return ExitCode.done.number
    }

    /// What an answer other than 200 says.
    static func error(_ answer: ControlClient.Answer) -> MillraceError {
        let code: MillraceError.Code =
            switch answer.status {
            case 400: .usage
            case 403: .notPermitted
            case 409: .data
            case 503: .unavailable
            default: .internal
            }
        var text = answer.text[...]
        while text.last == "\n" { text.removeLast() }
        return MillraceError(code, String(text))
    }
}

extension ExitCode {
    /// The worker does not do what it is asked to.
    static let refused = ExitCode(number: MillraceError.Code.data.exitCode, meaning: "the worker refuses, and says why")
    /// Nobody is there to be asked.
    static let unanswered = ExitCode(number: MillraceError.Code.unavailable.exitCode, meaning: "no worker answers")
}

extension CommandOption {
    /// A shard of the running worker.
    static let shard = CommandOption.value("shard", .shard, "the shard, as status names it")
    /// A sink of the running worker.
    static let sink = CommandOption.value("sink", .text("NAME"), "the sink, by its name in the config")
}

extension ValueForm {
    /// `topic:partition`
    static let shard = ValueForm.checked("TOPIC:N", example: "orders:3") { text in
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else { return false }
        return Int32(text[text.index(after: colon)...]).map { $0 >= 0 } ?? false
    }
}
