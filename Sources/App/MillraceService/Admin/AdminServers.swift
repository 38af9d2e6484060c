import HTTPServer
import Millrace
import MillraceConfig
import Platform

/// The two servers of a worker: TCP for reading, and the control socket.
///
/// A place that the config names must work, or the start fails: who asked for metrics there would be blind without
/// noticing. A default place that is taken is said and done without.
struct AdminServers {
    private var servers: [HTTPServer] = []
    /// What to tell people: `http://127.0.0.1:9600/`, and the socket's path.
    private(set) var url: String?
    private(set) var socket: String?

    init(_ config: PipelineConfig, _ view: WorkerView, notes: any NoteTaker) throws(MillraceError) {
        if let place = config.admin.listen {
            let endpoints = AdminEndpoints(view: view, operations: nil)
            let name = "\(place.host.contains(":") ? "[\(place.host)]" : place.host):\(place.port)"
            do throws(SystemError) {
                let server = try HTTPServer(.tcp(host: place.host, port: place.port), handler: endpoints.answer)
                servers.append(server)
                let host = name.dropLast("\(place.port)".count)
                url = "http://\(host)\(server.port ?? place.port)/"
            } catch {
                let fix = "stop what listens there (`ss -ltnp` shows it), or set admin.listen to another place or none"
                try AdminServers.fail(error, "admin.listen \(name)", fix, isGiven: config.admin.isListenGiven, notes)
            }
        }
        let path = ControlSocket(pipeline: config.name, configured: config.admin.socket).path
        let endpoints = AdminEndpoints(view: view, operations: Operator(view: view, notes: notes))
        do throws(SystemError) {
            servers.append(try HTTPServer(.local(path: path), handler: endpoints.answer))
            socket = path
        } catch {
            let fix = "stop the worker that answers there, or set admin.socket to another path"
            try AdminServers.fail(
                error, "the control socket \(path)", fix, isGiven: config.admin.socket != nil, notes)
        }
    }

    private static func fail(
        _ error: SystemError, _ what: String, _ fix: String, isGiven: Bool, _ notes: any NoteTaker
    ) throws(MillraceError) {
        guard !isGiven else {
            // 69, not 78: the config is fine, and the next try of a service manager may find the place free.
            throw MillraceError(error.isInUse ? .unavailable : .cannotCreate, "\(what): \(error.reason)", remedy: fix)
        }
        notes.note(
            Note(
                .warn, "admin-unserved",
                [("what", what), ("error", error.reason), ("note", "the worker goes on without it"), ("fix", fix)]))
    }

    /// Closes everything.
    func stop() { for server in servers { server.stop() } }
}
