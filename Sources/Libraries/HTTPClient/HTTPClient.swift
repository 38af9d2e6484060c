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
        guard isStarted, let handle = unsafe curl_easy_init() else {
            throw HTTPClientError(kind: .other, message: "libcurl cannot be started")
        }
        defer { unsafe curl_easy_cleanup(handle) }
        let receiver = Receiver(limit: call.largestAnswer)
        // The list and the receiver outlive `curl_easy_perform`, the last call that uses them.
        let headers = unsafe headerList(call.headers)
        defer { unsafe curl_slist_free_all(headers) }
        unsafe prepare(handle, call, headers, receiver)
        let code = unsafe curl_easy_perform(handle)
        let status = unsafe ccu_status(handle)
        let number = unsafe ccu_errno(handle)
        withExtendedLifetime(receiver) {}
        guard code == CURLE_OK else {
            throw HTTPClientError(kind: kind(code, errno: Int32(number), receiver), message: text(code, number))
        }
        let type = unsafe ccu_content_type(handle).map { unsafe String(cString: $0) }
        return HTTPAnswer(status: status, type: type, body: receiver.bytes)
    }

    private static func prepare(
        _ handle: UnsafeMutableRawPointer, _ call: HTTPCall, _ headers: UnsafeMutablePointer<curl_slist>?,
        _ receiver: Receiver
    ) {
        // libcurl copies every text that it is given here.
        unsafe ccu_set_text(handle, CURLOPT_URL, call.url)
        unsafe ccu_set_text(handle, CURLOPT_CUSTOMREQUEST, call.method)
        if let path = call.socketPath { unsafe ccu_set_text(handle, CURLOPT_UNIX_SOCKET_PATH, path) }
        unsafe ccu_set_text(handle, CURLOPT_PROXY, "")
        unsafe ccu_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        unsafe ccu_set_long(handle, CURLOPT_NOSIGNAL, 1)
        unsafe ccu_set_long(handle, CURLOPT_TIMEOUT_MS, Int(call.timeout))
        unsafe ccu_set_list(handle, CURLOPT_HTTPHEADER, headers)
        if !call.body.isEmpty || call.method == "POST" {
            _ = unsafe call.body.withUnsafeBytes { unsafe ccu_set_body(handle, $0.baseAddress, $0.count) }
        }
        unsafe ccu_set_receiver(handle, Receiver.take, Unmanaged.passUnretained(receiver).toOpaque())
    }

    private static func headerList(_ headers: [(name: String, value: String)]) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for header in headers {
            // Each call copies the text; it answers nil, and leaves the list as it was, when memory is out.
            if let longer = unsafe curl_slist_append(list, "\(header.name): \(header.value)") {
                unsafe list = unsafe longer
            }
        }
        return unsafe list
    }

    private static func kind(_ code: CURLcode, errno: Int32, _ receiver: Receiver) -> HTTPClientError.Kind {
        switch code {
        case CURLE_COULDNT_CONNECT: errno == EACCES || errno == EPERM ? .denied : .refused
        case CURLE_COULDNT_RESOLVE_HOST: .refused
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_WRITE_ERROR where receiver.isFull: .tooLarge
        default: .other
        }
    }

    private static func text(_ code: CURLcode, _ number: Int) -> String {
        // Both answer texts that are never freed.
        let base = unsafe String(cString: curl_easy_strerror(code))
        return number == 0 ? base : unsafe "\(base): \(String(cString: strerror(Int32(number))))"
    }
}

/// Collects a body. Used by one transfer at a time.
private final class Receiver {
    private(set) var bytes: [UInt8] = []
    private(set) var isFull = false
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Called by libcurl during a transfer, with the receiver that the caller of the transfer keeps alive.
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
