import HTTPClient

/// Why there is no answer, for people. Pure.
struct HTTPFault: Sendable, Hashable {
    /// What happened, and where; libcurl's own words where it has no others.
    let what: String
    /// What to do; nil where nothing better is known than to wait.
    let remedy: String?
    /// libcurl's own words, where ``what`` has others.
    let words: String?

    /// What `error` means at `host`, the server's name for messages.
    init(_ error: HTTPClientError, host: String) {
        let told: (what: String, remedy: String)? =
            switch error.kind {
            case .tls: ("no TLS with \(host)", "look at `tls`: which certificates count, and which one is shown")
            case .noTLS: ("\(host) speaks no TLS on this port", "write http:// in `url`, or name the port that does")
            case .noAnswer:
                (
                    "\(host) hung up without an answer",
                    "look at its log; is it an HTTP server, and does this port want https://?"
                )
            case .noHTTP:
                (
                    "what \(host) answers is no HTTP",
                    "look at `url`: does this port want https://, or speak something else?"
                )
            case .brokenOff:
                ("\(host) broke off before its answer was whole", "it may have the records, and gets them again")
            case .refused, .denied, .timeout, .tooLarge, .cancelled, .other: nil
            }
        what = told?.what ?? "\(host): \(error.message)"
        remedy = told?.remedy
        words = told == nil ? nil : error.message
    }

    /// All of it in a line.
    var text: String { what + (remedy.map { "; \($0)" } ?? "") + (words.map { " (\($0))" } ?? "") }
}
