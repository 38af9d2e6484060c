import CCurl
import Glibc

/// One call on its way: libcurl's handle and what it points to. Used by one thread at a time.
@safe final class Transfer {
    // Invariant: made by `init`, freed by `deinit`, used by nobody else.
    let handle: UnsafeMutableRawPointer
    private let headers: UnsafeMutablePointer<curl_slist>?
    private let receiver: Receiver
    /// Where libcurl writes what went wrong. Invariant: made and freed with the handle, which alone writes to it.
    private let words: UnsafeMutablePointer<CChar>

    /// A transfer of `call`, which nobody has begun.
    init(_ call: HTTPCall) throws(HTTPClientError) {
        try HTTPClient.start()
        guard let handle = unsafe curl_easy_init() else {
            throw HTTPClientError(kind: .other, message: "libcurl has no memory")
        }
        unsafe self.handle = unsafe handle
        unsafe headers = unsafe Self.list(call.headers)
        receiver = Receiver(limit: call.largestAnswer)
        unsafe words = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        prepare(call)
    }

    deinit {
        // The handle goes first: it points to the rest.
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
        unsafe words.deallocate()
    }

    /// Makes it set up the connection alone.
    func connectOnly() { _ = unsafe ccu_connect_only(handle) }

    /// What came of it, once libcurl has ended it with `code`.
    func answer(_ code: CURLcode) -> Result<HTTPAnswer, HTTPClientError> {
        guard code == CURLE_OK else {
            let number = Int32(unsafe ccu_errno(handle))
            let detail = unsafe String(cString: words)
            let kind = kind(code, errno: number, detail)
            if kind == .tooLarge {
                let message = "the answer is larger than \(receiver.limit) bytes"
                return .failure(HTTPClientError(kind: kind, message: message))
            }
            return .failure(HTTPClientError(kind: kind, message: Self.text(code, number, kind.isTold ? detail : "")))
        }
        let type = unsafe ccu_content_type(handle).map { unsafe String(cString: $0) }
        return .success(
            HTTPAnswer(
                status: unsafe ccu_status(handle), type: type, body: receiver.bytes,
                retryAfter: unsafe ccu_retry_after(handle)))
    }

    private func prepare(_ call: HTTPCall) {
        // libcurl copies every text that it is given here.
        unsafe ccu_set_text(handle, CURLOPT_URL, call.url)
        unsafe ccu_set_text(handle, CURLOPT_CUSTOMREQUEST, call.method)
        if let path = call.socketPath { unsafe ccu_set_text(handle, CURLOPT_UNIX_SOCKET_PATH, path) }
        unsafe ccu_set_text(handle, CURLOPT_PROXY, "")
        unsafe ccu_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        unsafe ccu_set_long(handle, CURLOPT_NOSIGNAL, 1)
        unsafe ccu_set_long(handle, CURLOPT_TIMEOUT_MS, Int(call.timeout))
        // A name that is still being looked up when time is over is left to its thread, which frees what it has. Otherwise
        // the end is held up, and every other call with it, until the system gives the name up: half a minute and more.
        unsafe ccu_set_long(handle, CURLOPT_QUICK_EXIT, 1)
        unsafe ccu_set_list(handle, CURLOPT_HTTPHEADER, headers)
        // Everything that libcurl can decode is decoded; what it cannot is an error, and no text to be misread.
        unsafe ccu_set_text(handle, CURLOPT_ACCEPT_ENCODING, "")
        if let tls = call.tls {
            if let path = tls.ca { unsafe ccu_set_text(handle, CURLOPT_CAINFO, path) }
            if let path = tls.cert { unsafe ccu_set_text(handle, CURLOPT_SSLCERT, path) }
            if let path = tls.key { unsafe ccu_set_text(handle, CURLOPT_SSLKEY, path) }
        }
        if !call.body.isEmpty || call.method == "POST" {
            _ = unsafe call.body.withUnsafeBytes { unsafe ccu_set_body(handle, $0.baseAddress, $0.count) }
        }
        _ = unsafe ccu_set_error_text(handle, words)
        unsafe ccu_set_receiver(handle, Receiver.take, Unmanaged.passUnretained(receiver).toOpaque())
    }

    private static func list(_ headers: [(name: String, value: String)]) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        // A large body is sent at once: a question before it costs servers that do not know it a second.
        var headers = headers + [(name: "Expect", value: "")]
        // Who says nothing allows every encoding. Answers are short: plain is asked for.
        if !headers.contains(where: { $0.name.lowercased() == "accept-encoding" }) {
            headers.append((name: "Accept-Encoding", value: "identity"))
        }
        for header in headers {
            // Each call copies the text; it answers nil, and leaves the list as it was, when memory is out.
            if let longer = unsafe curl_slist_append(list, "\(header.name): \(header.value)") {
                unsafe list = unsafe longer
            }
        }
        return unsafe list
    }

    private func kind(_ code: CURLcode, errno: Int32, _ detail: String) -> HTTPClientError.Kind {
        switch code {
        case CURLE_COULDNT_CONNECT: errno == EACCES || errno == EPERM ? .denied : .refused
        case CURLE_COULDNT_RESOLVE_HOST: .refused
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_WRITE_ERROR where receiver.isFull: .tooLarge
        // OpenSSL's words for a first byte that is no TLS.
        case CURLE_SSL_CONNECT_ERROR where detail.contains("wrong version number"): .noTLS
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
            .tls
        case CURLE_GOT_NOTHING: .noAnswer
        // The same code says that the scheme of the address is none of ours, in words that begin so.
        case CURLE_UNSUPPORTED_PROTOCOL where !detail.hasPrefix("Protocol "): .noHTTP
        case CURLE_WEIRD_SERVER_REPLY: .noHTTP
        case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR: .brokenOff
        default: .other
        }
    }

    private static func text(_ code: CURLcode, _ number: Int32, _ detail: String) -> String {
        if !detail.isEmpty { return detail }
        // Both answer texts that are never freed.
        let base = unsafe String(cString: curl_easy_strerror(code))
        return number == 0 ? base : unsafe "\(base): \(String(cString: strerror(number)))"
    }
}

extension HTTPClientError.Kind {
    /// Whether libcurl's own words say more than its code, and nothing that is not to be told: others have addresses in
    /// them.
    fileprivate var isTold: Bool {
        switch self {
        case .tls, .noTLS, .noAnswer, .noHTTP, .brokenOff: true
        case .refused, .denied, .timeout, .tooLarge, .cancelled, .other: false
        }
    }
}

/// Collects a body. Used by one transfer at a time.
private final class Receiver {
    private(set) var bytes: [UInt8] = []
    private(set) var isFull = false
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Called by libcurl during a transfer, with the receiver that the transfer keeps alive.
    static let take: curl_write_callback = { data, size, count, context in
        guard let context = unsafe context, let data = unsafe data else { return 0 }
        let receiver = unsafe Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
        guard receiver.bytes.count + size * count <= receiver.limit else {
            receiver.isFull = true
            return 0
        }
        unsafe receiver.bytes.append(contentsOf: UnsafeRawBufferPointer(start: data, count: size * count))
        return size * count
    }
}
