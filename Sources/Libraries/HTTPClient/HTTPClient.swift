import CCurl
import Glibc

/// Calls HTTP servers by libcurl. No proxies, no redirects, no signals; any thread.
public enum HTTPClient {
    // libcurl wants to be started once, before any other call; a static is made once, whoever comes first.
    private static let isStarted: Bool = ccu_start() == CURLE_OK

    /// Makes `call` and waits for its answer.
    ///
    /// Blocks, at most about ``HTTPCall/timeout``. One connection a call, which is closed behind it.
    public static func send(_ call: HTTPCall) throws(HTTPClientError) -> HTTPAnswer {
        try perform(try Transfer(call))
    }

    /// Connects to the host of `call`, TLS included, and sends nothing. Blocks as ``send(_:)`` does.
    public static func connect(_ call: HTTPCall) throws(HTTPClientError) {
        let transfer = try Transfer(call)
        transfer.connectOnly()
        _ = try perform(transfer)
    }

    private static func perform(_ transfer: Transfer) throws(HTTPClientError) -> HTTPAnswer {
        // Invariant: the handle belongs to the transfer, which is kept until its answer was read.
        let code = unsafe curl_easy_perform(transfer.handle)
        return try transfer.answer(code).get()
    }

    /// Starts libcurl once, whoever comes first.
    static func start() throws(HTTPClientError) {
        guard isStarted else { throw HTTPClientError(kind: .other, message: "libcurl cannot be started") }
    }
}
