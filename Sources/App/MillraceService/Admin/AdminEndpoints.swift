import HTTPServer
import Millrace
import Platform

/// What is answered to whom: the pages that anybody who reaches the port may read, and what the control socket adds.
struct AdminEndpoints: Sendable {
    let view: WorkerView
    /// On the control socket alone: what changes state.
    let operations: Operator?
    private let labels = MetricLabels()

    init(view: WorkerView, operations: Operator?) {
        self.view = view
        self.operations = operations
    }

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        if let operations {
            // The socket's mode keeps others out; this also holds where somebody changed it.
            guard let peer = request.peer, peer.user == 0 || peer.user == Peer.ownUser else {
                return HTTPResponse(403, "this socket is for the user \(Peer.ownUser) and for root\n")
            }
            if request.method == "POST" {
                let verb = String(request.path.dropFirst())
                guard Operator.verbs.contains(verb) else { return missing }
                return operations.follow(verb, request.parameters, peer)
            }
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            let text = operations == nil ? "read only; commands go by the control socket\n" : "GET or POST\n"
            return HTTPResponse(405, text, headers: [("Allow", operations == nil ? "GET, HEAD" : "GET, HEAD, POST")])
        }
        switch request.path {
        case "/livez": return alive
        case "/readyz": return ready
        case "/metrics":
            return HTTPResponse(
                200, type: "text/plain; version=0.0.4; charset=utf-8", body: MetricTable.text(view.readout(), labels))
        case "/status": return status(request.parameters)
        case "/config": return HTTPResponse(200, view.facts.text.redacted)
        case "/":
            return HTTPResponse(
                200, type: "text/html; charset=utf-8", headers: [("Content-Security-Policy", StatusPage.policy)],
                body: StatusPage.bytes(view.readout()))
        default: return missing
        }
    }

    private var missing: HTTPResponse {
        HTTPResponse(404, "there are /livez, /readyz, /metrics, /status, /config and /\n")
    }

    private var alive: HTTPResponse {
        view.death().map { HTTPResponse(503, "\($0)\n") } ?? HTTPResponse(200, "alive\n")
    }

    private var ready: HTTPResponse {
        let troubles = view.readout().troubles
        var json = JSONWriter()
        json.object { json in
            json.truth("ready", troubles.isEmpty)
            json.list("because") { json in for trouble in troubles { json.text(nil, trouble) } }
        }
        return HTTPResponse(
            troubles.isEmpty ? 200 : 503, type: "application/json", body: json.bytes + [UInt8(ascii: "\n")])
    }

    private func status(_ parameters: [String: String]) -> HTTPResponse {
        guard parameters["as"] == "text" else {
            return HTTPResponse(200, type: "application/json", body: StatusJSON.bytes(view.readout()))
        }
        let width = parameters["width"].flatMap { Int($0) } ?? 80
        return HTTPResponse(
            200, StatusText.lines(view.readout(), width: min(width, 500)).map { $0 + "\n" }.joined())
    }
}
