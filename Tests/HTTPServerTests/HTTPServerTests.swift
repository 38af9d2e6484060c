import Glibc
import HTTPClient
import HTTPServer
import Platform
import Testing

/// A folder of the test's own, gone with it.
final class Folder {
    let path: String

    init() throws {
        path = "/tmp/millrace-http-\(Process.identifier)-\(UInt32.random(in: 0...UInt32.max))"
        try FileSystem.makeFolders(path)
    }

    deinit {
        for name in (try? FileSystem.list(path)) ?? [] { try? FileSystem.remove("\(path)/\(name)") }
        try? FileSystem.removeFolder(path)
    }
}

/// A connection that a test writes to by hand.
final class RawConnection {
    private let descriptor: Int32

    /// To 127.0.0.1.
    init(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var wait = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Everything until the other side closes, or has been silent for 10 s; at most `limit` bytes.
    func receive(limit: Int = 1 << 20) -> String {
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while all.count < limit {
            let count = unsafe recv(descriptor, &part, part.count, 0)
            if count <= 0 { break }
            all += part[..<count]
        }
        return String(decoding: all, as: UTF8.self)
    }
}

let echo: HTTPServer.Handler = { request in
    let parameters = request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let words = [request.method, request.path] + parameters + [String(decoding: request.body, as: UTF8.self)]
    return HTTPResponse(200, words.joined(separator: " "))
}

func server(
    limits: HTTPLimits = HTTPLimits(), _ handler: @escaping HTTPServer.Handler = echo
) throws -> (server: HTTPServer, port: UInt16) {
    let server = try HTTPServer(try .tcp(host: "127.0.0.1", port: 0), limits: limits, handler: handler)
    return (server, try #require(server.port))
}

@Suite struct HTTPServerTests {
    @Test func answersOverTCP() throws {
        let (server, port) = try server()
        var call = HTTPCall("POST", "http://127.0.0.1:\(port)/a%20b?x=1&y=%26+z")
        call.body = Array("hello".utf8)
        let answer = try HTTPClient.send(call)
        #expect(answer.status == 200)
        #expect(answer.text == "POST /a b x=1 y=& z hello")
        #expect(answer.type == "text/plain; charset=utf-8")
        server.stop()
        #expect(throws: HTTPClientError.self) { try HTTPClient.send(call) }
    }

    @Test func answersOverALocalSocketAndKnowsWhoAsks() throws {
        let folder = try Folder()
        let path = "\(folder.path)/s.sock"
        let server = try HTTPServer(try .local(path: path)) { request in
            HTTPResponse(200, "\(request.peer?.user ?? 12345) \(request.peer?.process ?? 0)")
        }
        let answer = try HTTPClient.send(HTTPCall("GET", "http://worker/", socketPath: path))
        #expect(answer.text == "\(getuid()) \(Process.identifier)")
        server.stop()
        #expect(!FileSystem.exists(path), "the socket's file outlives the server")
    }

    @Test func knowsNobodyOverTCP() throws {
        let (server, port) = try server { HTTPResponse(200, $0.peer == nil ? "nobody" : "somebody") }
        #expect(try HTTPClient.send(HTTPCall("GET", "http://127.0.0.1:\(port)/")).text == "nobody")
        server.stop()
    }

    @Test func aLargeAnswerArrivesWhole() throws {
        let body = [UInt8](repeating: 0x61, count: 3 << 20)
        let (server, port) = try server { _ in HTTPResponse(200, type: "text/plain", body: body) }
        let answer = try HTTPClient.send(HTTPCall("GET", "http://127.0.0.1:\(port)/"))
        #expect(answer.body == body)
        var small = HTTPCall("GET", "http://127.0.0.1:\(port)/")
        small.largestAnswer = 1 << 20
        let error = #expect(throws: HTTPClientError.self) { try HTTPClient.send(small) }
        #expect(error?.kind == .tooLarge)
        server.stop()
    }

    @Test func limitsBodiesAndHeaders() throws {
        let (server, port) = try server(limits: HTTPLimits(headers: 4096, body: 100))
        var call = HTTPCall("POST", "http://127.0.0.1:\(port)/")
        call.body = [UInt8](repeating: 0x61, count: 101)
        #expect(try HTTPClient.send(call).status == 413)
        call.body.removeLast()
        #expect(try HTTPClient.send(call).status == 200)
        let long = RawConnection(port: port)
        long.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 20_000) + "\r\n\r\n")
        #expect(long.receive().hasPrefix("HTTP/1.1 431"))
        let chunked = RawConnection(port: port)
        chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<10 { chunked.send("20\r\n" + String(repeating: "a", count: 32) + "\r\n") }
        #expect(!chunked.receive().contains("200 OK"))
        #expect(try HTTPClient.send(HTTPCall("GET", "http://127.0.0.1:\(port)/")).status == 200)
        server.stop()
    }

    @Test func slowClientsKeepNobodyOut() throws {
        let (server, port) = try server(limits: HTTPLimits(connections: 16))
        var slow: [RawConnection] = []
        for _ in 0..<60 {
            let connection = RawConnection(port: port)
            connection.send("GET / HT")
            slow.append(connection)
        }
        // Each of those would have 10 s; nobody waits for them.
        for _ in 0..<20 {
            #expect(try HTTPClient.send(HTTPCall("GET", "http://127.0.0.1:\(port)/", timeout: 5_000)).status == 200)
        }
        withExtendedLifetime(slow) {}
        server.stop()
    }

    @Test func garbageIsTurnedAway() throws {
        let (server, port) = try server()
        for text in ["\u{1}\u{2}\u{3}\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "{}"] {
            let connection = RawConnection(port: port)
            connection.send(text)
            if text.hasSuffix("\r\n\r\n"), text.contains("G") { #expect(!connection.receive().contains("200 OK")) }
        }
        #expect(try HTTPClient.send(HTTPCall("GET", "http://127.0.0.1:\(port)/")).status == 200)
        server.stop()
    }

    @Test func aClientGivesUpInTime() throws {
        let isOver = Locked(false)
        let news = Condition()
        let (server, port) = try server { _ in
            _ = isOver.wait(on: news) { $0 ? () : nil }
            return HTTPResponse(200, "late")
        }
        let error = #expect(throws: HTTPClientError.self) {
            try HTTPClient.send(HTTPCall("GET", "http://127.0.0.1:\(port)/", timeout: 100))
        }
        #expect(error?.kind == .timeout)
        isOver.withLock { $0 = true }
        news.broadcast()
        server.stop()
    }
}

@Suite struct ListeningSocketTests {
    @Test func aLocalSocketIsForItsUserAlone() throws {
        let folder = try Folder()
        let path = "\(folder.path)/s.sock"
        let before = umask(0)
        defer { umask(before) }
        let socket = try ListeningSocket.local(path: path)
        var found = stat()
        #expect(unsafe stat(path, &found) == 0)
        #expect(found.st_mode & 0o777 == 0o600)
        socket.close()
    }

    @Test func aDeadSocketIsReplacedAndALiveOneIsNot() throws {
        let folder = try Folder()
        let path = "\(folder.path)/s.sock"
        let first = try ListeningSocket.local(path: path)
        let live = #expect(throws: SystemError.self) { try ListeningSocket.local(path: path) }
        #expect(live?.isInUse == true)
        // As a process that is killed leaves it.
        first.close()
        #expect(FileSystem.exists(path))
        let second = try ListeningSocket.local(path: path)
        // The first owner's tidying up must not take the second one's away.
        first.removeFile()
        #expect(FileSystem.exists(path))
        second.close()
        second.removeFile()
        #expect(!FileSystem.exists(path))
    }

    @Test func onlySocketsAreReplaced() throws {
        let folder = try Folder()
        let path = "\(folder.path)/s.sock"
        _ = try File(path, [.writing, .creating])
        let error = #expect(throws: SystemError.self) { try ListeningSocket.local(path: path) }
        #expect(error?.isExisting == true)
        #expect(FileSystem.exists(path))
    }

    @Test func ofManyAtOnceOneGetsThePath() throws {
        let folder = try Folder()
        let path = "\(folder.path)/s.sock"
        try ListeningSocket.local(path: path).close()
        let won = Locked<[ListeningSocket]>([])
        let threads = try (0..<16).map { _ in
            try Thread(name: "listener") {
                if let socket = try? ListeningSocket.local(path: path) { won.withLock { $0.append(socket) } }
            }
        }
        for thread in threads { thread.join() }
        let winners = won.withLock { $0 }
        #expect(winners.count == 1)
        for socket in winners { socket.close() }
    }

    @Test func aBusyPortIsSaid() throws {
        let first = try ListeningSocket.tcp(host: "127.0.0.1", port: 0)
        let port = try #require(first.port)
        let error = #expect(throws: SystemError.self) { try ListeningSocket.tcp(host: "127.0.0.1", port: port) }
        #expect(error?.isInUse == true)
        first.close()
        #expect(throws: SystemError.self) { try ListeningSocket.tcp(host: "no.such.host.invalid", port: 1) }
    }

    @Test func aPathThatIsTooLongIsSaid() {
        let error = #expect(throws: SystemError.self) {
            try ListeningSocket.local(path: "/tmp/" + String(repeating: "a", count: 200))
        }
        #expect(error?.code == ENAMETOOLONG)
    }
}
