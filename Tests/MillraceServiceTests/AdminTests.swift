import HTTPClient
import HTTPServer
import Millrace
import Platform
import Testing

@testable import MillraceService

private struct Silence: NoteTaker {
    func note(_ note: Note) {}
}

/// Keeps notes.
private final class Notes: NoteTaker {
    let all = Locked<[Note]>([])
    func note(_ note: Note) { all.withLock { $0.append(note) } }
    var fields: [[String: String]] {
        all.withLock { $0 }.map { Dictionary($0.fields.map { ($0.name, $0.value) }) { first, _ in first } }
    }
}

/// Who is answered what.
@Suite struct AdminTests {
    private let view = WorkerView(Scene().facts)

    private func ask(
        _ path: String, method: String = "GET", user: UInt32? = nil, notes: any NoteTaker = Silence()
    ) -> HTTPResponse {
        let operations = user.map { _ in Operator(view: view, notes: notes) }
        return AdminEndpoints(view: view, operations: operations).answer(
            HTTPRequest(method: method, path: path, peer: user.map { Peer(user: $0, process: 1) }))
    }

    @Test func pages() {
        #expect(ask("/livez").status == 200)
        #expect(ask("/readyz").status == 503)
        #expect(
            String(decoding: ask("/readyz").body, as: UTF8.self) == #"{"ready":false,"because":["starting"]}"# + "\n")
        #expect(ask("/metrics").type.hasPrefix("text/plain; version=0.0.4"))
        #expect(ask("/status").type == "application/json")
        #expect(ask("/").type.hasPrefix("text/html"))
        #expect(ask("/config").status == 200)
        #expect(ask("/nothing").status == 404)
    }

    @Test func tcpIsForReading() {
        for path in ["/pause", "/resume", "/skip", "/resolve", "/status", "/"] {
            #expect(ask(path, method: "POST").status == 405)
        }
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] { #expect(ask("/status", method: method).status == 405) }
        #expect(ask("/status", method: "HEAD").status == 200)
    }

    @Test func theControlSocketIsForItsUserAndRoot() {
        let own = Peer.ownUser
        #expect(ask("/status", user: own).status == 200)
        #expect(ask("/status", user: 0).status == 200)
        #expect(ask("/status", user: own + 1).status == 403)
        let notes = Notes()
        #expect(ask("/pause", method: "POST", user: own + 1, notes: notes).status == 403)
        #expect(notes.fields.isEmpty)
        #expect(ask("/nothing", method: "POST", user: own).status == 404)
    }

    @Test func commandsAreWrittenToTheLogWithWhoGaveThem() {
        let notes = Notes()
        let answer = ask("/pause", method: "POST", user: Peer.ownUser, notes: notes)
        #expect(answer.status == 503, "no engine yet")
        #expect(notes.fields.first?["command"] == "pause")
        #expect(notes.fields.first?["uid"] == "\(Peer.ownUser)")
        #expect(notes.fields.first?["outcome"] == "refused")
    }

    @Test func thePageNeedsNothingFromOutside() throws {
        let page = String(decoding: ask("/").body, as: UTF8.self)
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("src="))
        #expect(page.contains("<noscript><pre>orders   up"), "the first state, where no script runs")
        let headers = ask("/").headers
        #expect(headers.contains { $0.name == "Content-Security-Policy" && $0.value.hasPrefix("default-src 'none'") })
    }

    @Test func whatStatusSaysIsNoMarkup() {
        var scene = Scene()
        scene.add(0)
        scene.bury(0, 5, stage: "decode", reason: "decode", error: "</script><script>alert(1)</script><b>")
        let page = String(decoding: StatusPage.bytes(scene.readout), as: UTF8.self)
        #expect(!page.contains("<script>alert") && !page.contains("<b>"))
    }

    @Test func whereTheSocketIsLookedFor() {
        func socket(_ variables: [String: String], configured: String? = nil) -> ControlSocket {
            ControlSocket(pipeline: "orders", configured: configured) { variables[$0] }
        }
        #expect(socket([:]).path == "/tmp/millrace-orders.sock")
        #expect(socket([:]).candidates == ["/run/millrace/orders.sock", "/tmp/millrace-orders.sock"])
        #expect(socket(["XDG_RUNTIME_DIR": "/run/user/7"]).path == "/run/user/7/millrace-orders.sock")
        let service = socket(["RUNTIME_DIRECTORY": "/run/millrace:/run/more", "XDG_RUNTIME_DIR": "/x", "TMPDIR": ""])
        #expect(service.path == "/run/millrace/orders.sock")
        #expect(
            service.candidates
                == ["/run/millrace/orders.sock", "/x/millrace-orders.sock", "/tmp/millrace-orders.sock"])
        #expect(socket(["TMPDIR": "/t"], configured: "./my.sock").candidates == ["./my.sock"])
    }

    /// `millrace@eu.service` has a folder `eu`, whatever the name of its pipeline.
    @Test func servicesHaveAFolderEach() {
        let folders: @Sendable (String) -> [String] = { path in path == "/run/millrace" ? ["eu", "old.sock", "us"] : []
        }
        let socket = ControlSocket(pipeline: "orders", configured: nil, folders: folders) { _ in nil }
        #expect(
            socket.candidates
                == [
                    "/run/millrace/eu/orders.sock", "/run/millrace/us/orders.sock", "/run/millrace/orders.sock",
                    "/tmp/millrace-orders.sock",
                ])
    }

    @Test func whereNobodyAnswersAClientSaysWhereItLooked() throws {
        let folder = "/tmp/millrace-client-\(Process.identifier)"
        try FileSystem.makeFolders(folder)
        let path = "\(folder)/s.sock"
        defer {
            try? FileSystem.remove(path)
            try? FileSystem.removeFolder(folder)
        }
        let client = ControlClient(ControlSocket(pipeline: "orders", configured: path), path: "orders.yaml")
        let missing = #expect(throws: MillraceError.self) { try client.call("GET", "/status") }
        #expect(missing?.code == .unavailable)
        #expect(missing?.message.contains(path) == true)
        // As a worker leaves it that was killed.
        try ListeningSocket.local(path: path).close()
        let dead = #expect(throws: MillraceError.self) { try client.call("GET", "/status") }
        #expect(dead?.code == .unavailable)
        let server = try HTTPServer(.local(path: path)) { HTTPResponse(200, $0.parameters["reason"] ?? "") }
        let reason = "100 % & \"more\" + ünï"
        #expect(try client.call("GET", "/status", [("reason", reason)]).text == reason)
        server.stop()
    }

    @Test func whatCannotBeListenedAtIsSaidWithTheKey() throws {
        func socketFault(_ path: String) -> MillraceError? {
            do throws(SystemError) {
                try ListeningSocket.local(path: path).close()
                return nil
            } catch { return AdminFault.socket(path, error) }
        }
        let folder = "/tmp/millrace-doors-\(Process.identifier)"
        try FileSystem.makeFolders(folder)
        try File("\(folder)/file", [.writing, .creating]).write("mine")
        defer {
            try? FileSystem.remove("\(folder)/file")
            try? FileSystem.removeFolder(folder)
        }
        for (path, words) in [
            (folder, "there is a folder, which is not replaced"),
            ("\(folder)/file", "there is a file that is no socket"),
            ("\(folder)/none/s", "there is no folder \(folder)/none"), ("\(folder)/file/s", "there is no folder"),
            ("\(folder)/\(String(repeating: "s", count: 107))", "the system takes 107"),
        ] {
            let fault = try #require(socketFault(path))
            #expect(fault.code == .config, "\(path)")
            #expect(fault.message.contains("(admin.socket)") && fault.message.contains(words), "\(fault.message)")
            #expect(fault.remedy?.contains("admin.socket") == true || fault.remedy?.contains("folder") == true)
        }
        #expect(try FileSystem.contents(of: "\(folder)/file") == Array("mine".utf8))
        let unknown = #expect(throws: SystemError.self) {
            try ListeningSocket.tcp(host: "no-such-host.invalid", port: 0)
        }
        // Where there is nobody to ask, the name may be known the next time.
        let fault = AdminFault.listen("no-such-host.invalid:9600", try #require(unknown))
        #expect(fault.code == .config || fault.code == .unavailable)
        #expect(fault.message.hasPrefix("admin.listen no-such-host.invalid:9600: "))
        let away = #expect(throws: SystemError.self) { try ListeningSocket.tcp(host: "192.0.2.1", port: 0) }
        #expect(
            AdminFault.listen("192.0.2.1:0", try #require(away)).message.hasSuffix("this machine has no such address"))
    }
}
