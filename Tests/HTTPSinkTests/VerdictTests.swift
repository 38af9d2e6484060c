import HTTPClient
import Millrace
import Testing

@testable import HTTPSink

/// What answers mean.
@Suite struct VerdictTests {
    private func verdict(_ status: Int, _ body: String = "") -> HTTPVerdict {
        HTTPVerdict(
            .success(HTTPAnswer(status: status, body: Array(body.utf8))), host: "there:80",
            index: { name in Int(String(decoding: name, as: UTF8.self)).flatMap { $0 < 5 ? $0 : nil } })
    }

    @Test(arguments: [400, 409, 413, 415, 422])
    func whatSpeaksOfTheRecordIsRejected(_ status: Int) {
        guard case .failed(let failure) = verdict(status) else { return #expect(Bool(false)) }
        #expect(failure.kind == .rejected)
        #expect(failure.message.hasPrefix("there:80 answered \(status)"))
    }

    @Test(arguments: [100, 301, 302, 304, 307, 401, 403, 404, 405, 408, 410, 425, 429, 431, 500, 502, 503, 504, 599])
    func whatSpeaksOfTheServerIsTransient(_ status: Int) {
        guard case .failed(let failure) = verdict(status) else { return #expect(Bool(false)) }
        #expect(failure.kind == .transient)
    }

    @Test(arguments: [200, 201, 202, 204, 207])
    func theRestIsDelivered(_ status: Int) {
        for body in ["", "ok", "[1]", "{}", #"{"batchItemFailures":[]}"#, #"{"batchItemFailures":null}"#] {
            guard case .delivered = verdict(status, body) else {
                Issue.record("\(status) with \(body)")
                continue
            }
        }
    }

    @Test func aListNamesThoseThatFailed() {
        let body = """
            {"a": 1, "batchItemFailures": [{"poison": true, "itemIdentifier": "3"}, {"itemIdentifier": "\\u0031"},
             {"itemIdentifier": "4", "poison": false}]}
            """
        guard case .partly(let failures) = verdict(200, body) else { return #expect(Bool(false)) }
        #expect(failures.map(\.index) == [1, 3, 4])
        #expect(failures.map(\.failure.kind) == [.transient, .poison, .transient])
    }

    @Test(arguments: [
        #"{"batchItemFailures":[{"itemIdentifier":"5"}]}"#, #"{"batchItemFailures":[{"itemIdentifier":1}]}"#,
        #"{"batchItemFailures":[1]}"#, #"{"batchItemFailures":{}}"#, #"{"batchItemFailures":[{"itemIdentifier":"1"}]"#,
        #"{"batchItemFailures":[{"itemIdentifier":"1"},]}"#, #"{"x":"#, #"{"x":[1],"batchIte"#, "{",
        #"{"batchItemFailures":[{"itemIdentifier":"0"},{}]}"#,
    ])
    func aListThatMakesNoSenseFailsAll(_ body: String) {
        guard case .failed(let failure) = verdict(200, body) else {
            Issue.record("\(body) was believed")
            return
        }
        #expect(failure.kind == .transient)
    }

    @Test func onlyABusyServerHoldsTheSink() {
        func hold(_ status: Int, _ seconds: Int) -> Int {
            HTTPVerdict.hold(.success(HTTPAnswer(status: status, retryAfter: seconds)))
        }
        #expect(
            [hold(429, 3), hold(503, 7), hold(503, 10_000), hold(429, -1), hold(500, 3), hold(200, 3)] == [
                3, 7, 300, 0, 0, 0,
            ])
        #expect(HTTPVerdict.hold(.failure(HTTPClientError(kind: .timeout, message: ""))) == 0)
    }

    /// What happened, where, what to do, and libcurl's words at the end.
    @Test func noAnswerIsPutIntoWords() {
        func text(_ kind: HTTPClientError.Kind, _ words: String) -> String {
            let error = HTTPClientError(kind: kind, message: words)
            guard
                case .failed(let failure) = HTTPVerdict(.failure(error), host: "there:80", index: { _ in nil }),
                failure.kind == .transient
            else { return "" }
            return failure.message
        }
        #expect(
            text(.noHTTP, "Received HTTP/0.9 when not allowed")
                == "what there:80 answers is no HTTP; look at `url`: does this port want https://, or speak something "
                + "else? (Received HTTP/0.9 when not allowed)")
        #expect(
            text(.noAnswer, "Empty reply from server")
                == "there:80 hung up without an answer; look at its log; is it an HTTP server, and does this port want "
                + "https://? (Empty reply from server)")
        #expect(text(.noTLS, "wrong version").hasPrefix("there:80 speaks no TLS on this port; write http:// in `url`"))
        #expect(text(.brokenOff, "reset").hasSuffix("gets them again (reset)"))
        #expect(text(.refused, "Connection refused") == "there:80: Connection refused")
    }
}
