import HTTPClient
import Millrace
import Platform

/// Asks a running worker, by its control socket.
public struct ControlClient: Sendable {
    private let socket: ControlSocket
    private let path: String

    /// A client for the worker of `socket`, whose config people call `path`.
    public init(_ socket: ControlSocket, path: String) {
        self.socket = socket
        self.path = path
    }

    /// What a worker answered.
    public struct Answer: Sendable {
        /// The HTTP status.
        public let status: Int
        /// The text, or JSON.
        public let text: String
    }

    /// Calls `path` with `parameters`; throws where no worker answers (69) or this user may not ask it (77).
    public func call(
        _ method: String, _ path: String, _ parameters: [(name: String, value: String)] = [], timeout: Int64 = 10_000
    ) throws(MillraceError) -> Answer {
        let query = parameters.map { "\($0.name)=\(HTTPCall.encoded($0.value))" }.joined(separator: "&")
        let url = "http://millrace\(path)" + (query.isEmpty ? "" : "?\(query)")
        for candidate in socket.candidates where FileSystem.exists(candidate) {
            try checkOwner(candidate)
            do throws(HTTPClientError) {
                let answer = try HTTPClient.send(
                    HTTPCall(method, url, socketPath: candidate, timeout: timeout))
                return Answer(status: answer.status, text: answer.text)
            } catch {
                switch error.kind {
                case .refused: continue  // left behind by a worker that was killed
                case .denied: throw denied(candidate)
                case .timeout, .tooLarge, .other, .tls, .noTLS, .noAnswer, .noHTTP, .brokenOff, .cancelled:
                    throw MillraceError(
                        .unavailable, "the worker at \(candidate) does not answer: \(error.message)")
                }
            }
        }
        if let hidden = socket.candidates.first(where: { FileSystem.isHidden($0) }) {
            throw MillraceError(
                .notPermitted, "this user may not see whether a worker of pipeline \(socket.pipeline) is at \(hidden)",
                remedy: "call this as root")
        }
        throw MillraceError(
            .unavailable,
            "no worker of pipeline \(socket.pipeline) answers at \(socket.candidates.joined(separator: " or "))",
            remedy: "start it with `millrace run \(self.path)`, or call this as the user that it runs as")
    }

    /// In a folder that everybody may write to, somebody else could answer in the worker's place.
    private func checkOwner(_ candidate: String) throws(MillraceError) {
        let own = Peer.ownUser
        guard own != 0, let owner = try? FileSystem.owner(of: candidate), owner != own, owner != 0 else { return }
        throw denied(candidate)
    }

    private func denied(_ candidate: String) -> MillraceError {
        let owner = (try? FileSystem.owner(of: candidate)).map { "user \($0)" } ?? "another user"
        return MillraceError(
            .notPermitted, "\(candidate) belongs to \(owner)", remedy: "call this as that user, or as root")
    }
}
