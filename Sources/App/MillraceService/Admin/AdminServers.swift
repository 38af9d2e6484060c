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
                try AdminServers.fail(AdminFault.listen(name, error), isGiven: config.admin.isListenGiven, notes)
            }
        }
        let path = ControlSocket(pipeline: config.name, configured: config.admin.socket).path
        let endpoints = AdminEndpoints(view: view, operations: Operator(view: view, notes: notes))
        do throws(SystemError) {
            servers.append(try HTTPServer(.local(path: path), handler: endpoints.answer))
            socket = path
        } catch {
            try AdminServers.fail(AdminFault.socket(path, error), isGiven: config.admin.socket != nil, notes)
        }
    }

    private static func fail(
        _ error: MillraceError, isGiven: Bool, _ notes: any NoteTaker
    ) throws(MillraceError) {
        if isGiven { throw error }
        notes.note(
            Note(
                .warn, "admin-unserved",
                [
                    ("error", error.message), ("note", "the worker goes on without it"), ("fix", error.remedy ?? "-"),
                ]))
    }

    /// Closes everything.
    func stop() { for server in servers { server.stop() } }
}
