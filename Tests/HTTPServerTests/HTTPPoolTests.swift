import Glibc
import HTTPClient
import HTTPServer
import Platform
import Testing

/// Calls that are under way side by side.
@Suite struct HTTPPoolTests {
    /// What came of calls, by the number that the test gave them.
    private final class Ends: Sendable {
        private let found = Locked<[Int: [Result<HTTPAnswer, HTTPClientError>]]>([:])
        private let news = Condition()

        func note(_ number: Int) -> HTTPPool.Completion {
            { result in
                self.found.withLock { $0[number, default: []].append(result) }
                self.news.broadcast()
            }
        }

        /// The ends of all calls, once there are `count`.
        func wait(for count: Int) throws -> [Int: [Result<HTTPAnswer, HTTPClientError>]] {
            let deadline = MonotonicClock.now() + 20_000_000_000
            return try #require(
                found.wait(on: news, until: deadline) { found in
                    found.values.reduce(0) { $0 + $1.count } >= count ? found : nil
                })
        }
    }

    /// A server on a thread of its own that takes one connection, reads a little, sends some bytes and hangs up.
    private final class Rude {
        let port: UInt16
        private let thread: Thread

        convenience init(_ answer: String) throws { try self.init(Array(answer.utf8)) }

        init(_ bytes: [UInt8]) throws {
            let listener = try Mute()
            port = listener.port
            thread = try Thread(name: "rude") {
                let connection = accept(listener.descriptor, nil, nil)
                var room = [UInt8](repeating: 0, count: 4096)
                _ = unsafe recv(connection, &room, room.count, 0)
                _ = unsafe send(connection, bytes, bytes.count, 0)
                close(connection)
            }
        }
    }

    /// A socket that takes connections and never answers.
    private final class Mute: Sendable {
        let descriptor: Int32
        let port: UInt16

        init() throws {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(descriptor, $0, size) == 0 && listen(descriptor, 64) == 0
                        && getsockname(descriptor, $0, &size) == 0
                }
            }
            try #require(isBound)
            self.descriptor = descriptor
            port = UInt16(bigEndian: address.sin_port)
        }

        deinit { close(descriptor) }
    }

    @Test func everyCallEndsOnce() throws {
        let (server, port) = try server()
        defer { server.stop() }
        let pool = try HTTPPool(name: "pool", connections: 4)
        defer { pool.close() }
        let ends = Ends()
        for number in 0..<200 {
            var call = HTTPCall("POST", "http://127.0.0.1:\(port)/\(number)")
            call.body = Array("body \(number)".utf8)
            pool.send(call, ends.note(number))
        }
        let found = try ends.wait(for: 200)
        for number in 0..<200 {
            let results = try #require(found[number])
            #expect(results.count == 1)
            #expect(try results[0].get().text == "POST /\(number) body \(number)")
        }
    }

    @Test func aCallThatIsTakenBackEnds() throws {
        let mute = try Mute()
        let pool = try HTTPPool(name: "pool", connections: 4)
        defer { pool.close() }
        let ends = Ends()
        let ids = (0..<3).map { pool.send(HTTPCall("POST", "http://127.0.0.1:\(mute.port)/"), ends.note($0)) }
        pool.cancel(ids[1])
        let found = try ends.wait(for: 1)
        #expect(found.count == 1)
        guard case .failure(let error)? = found[1]?.first else {
            Issue.record("an answer")
            return
        }
        #expect(error.kind == .cancelled)
        pool.cancel(ids[1])
        pool.close()
        let all = try ends.wait(for: 3)
        #expect(all.values.allSatisfy { $0.count == 1 })
        pool.send(HTTPCall("GET", "http://127.0.0.1:\(mute.port)/"), ends.note(3))
        #expect(try ends.wait(for: 4)[3]?.count == 1)
    }

    @Test func troubleHasAKind() throws {
        let mute = try Mute()
        let (server, port) = try server()
        defer { server.stop() }
        let pool = try HTTPPool(name: "pool", connections: 4)
        defer { pool.close() }
        let ends = Ends()
        pool.send(HTTPCall("POST", "http://127.0.0.1:\(mute.port)/secret", timeout: 100), ends.note(0))
        var large = HTTPCall("POST", "http://127.0.0.1:\(port)/")
        large.body = Array(repeating: UInt8(ascii: "x"), count: 100)
        large.largestAnswer = 50
        pool.send(large, ends.note(1))
        pool.send(HTTPCall("POST", "http://127.0.0.1:1/secret"), ends.note(2))
        pool.send(HTTPCall("POST", "https://127.0.0.1:\(port)/secret"), ends.note(3))
        pool.send(HTTPCall("POST", "file:///etc/passwd"), ends.note(4))
        let found = try ends.wait(for: 5)
        let errors = (0..<5).map { number -> HTTPClientError? in
            if case .failure(let error)? = found[number]?.first { error } else { nil }
        }
        #expect(errors.map { $0?.kind } == [.timeout, .tooLarge, .refused, .noTLS, .other])
        #expect(errors.allSatisfy { $0?.message.contains("secret") == false })
        #expect(errors[1]?.message == "the answer is larger than 50 bytes")
    }

    @Test(arguments: [
        ("", HTTPClientError.Kind.noAnswer, "Empty reply from server"),
        ("SSH-2.0-OpenSSH\r\n", .noHTTP, "HTTP/0.9"),
        ("HTTP/9.9 200 OK\r\n\r\n", .noHTTP, "Unsupported HTTP version"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", .brokenOff, "97 bytes remaining"),
    ])
    func anOddAnswerHasAKindAndLibcurlsWords(
        _ answer: String, _ kind: HTTPClientError.Kind, _ words: String
    ) throws {
        let rude = try Rude(answer)
        var call = HTTPCall("POST", "http://127.0.0.1:\(rude.port)/secret")
        call.body = [1]
        do throws(HTTPClientError) {
            _ = try HTTPClient.send(call)
            Issue.record("an answer")
        } catch {
            #expect(error.kind == kind)
            #expect(error.message.contains(words) && !error.message.contains("secret"), "\(error.message)")
        }
    }

    /// Who asks for nothing may be answered in any encoding: it is asked for none, and what comes all the same is decoded
    /// or an error.
    @Test func anEncodedAnswerIsDecodedOrAnError() throws {
        let body: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 74, 84, 178, 82, 74, 175, 202, 44, 80, 170, 5, 0, 28, 43,
            186, 19, 12, 0, 0, 0,
        ]
        func answer(_ encoding: String) throws -> Result<HTTPAnswer, HTTPClientError> {
            let head = "HTTP/1.1 200 OK\r\nContent-Encoding: \(encoding)\r\nContent-Length: \(body.count)\r\n\r\n"
            let rude = try Rude(Array(head.utf8) + body)
            let call = HTTPCall("GET", "http://127.0.0.1:\(rude.port)/")
            return Result { () throws(HTTPClientError) in try HTTPClient.send(call) }
        }
        #expect(try answer("gzip").get().text == #"{"a":"gzip"}"#)
        guard case .failure(let error) = try answer("strange") else {
            Issue.record("an answer")
            return
        }
        #expect(error.message.contains("Encoding"), "\(error.message)")
    }
}
