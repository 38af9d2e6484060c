import HTTPClient
import Millrace

/// `http`: batches as POST requests.
///
/// ## Configuration keys
/// `url`, `body`, `headers`, `timeout`, `concurrency`, `tls`: see ``keys``.
public struct HTTPSinkKind: SinkKind {
    /// The kind itself has no state.
    public init() {}

    /// `http`.
    public let name = "http"
    /// One sentence for the reference.
    public let meaning = "Sends records to a server by POST, a batch or a record a request."

    /// `url`, which every config must have, and the rest.
    public var keys: [Key] {
        [
            .required(
                "url", .string, example: "https://example.org/orders",
                "Where to send to, `http` or `https`; redirects are not followed."),
            Key(
                "body", .choice(HTTPSettings.Form.allCases.map(\.rawValue)), default: "ndjson",
                "A payload a line, an array of `{id, key, data}`, or one payload a request with its id in `Millrace-Id`."
            ),
            Key(
                "headers", .map, example: "{ Authorization: \"Bearer ${credential:orders}\" }",
                "Headers of every request; secrets as `${credential:NAME}`."),
            Key(
                "timeout", .duration(10...600_000, allowsInfinite: false), default: "10s",
                "How long a request may take, connecting and answer included."),
            Key(
                "concurrency", .integer(1...256), default: "1",
                "How many requests are under way at once, of different shards; those of one shard follow each other."),
            Key(
                "tls",
                .object(Key.certificates), "Certificates, for `https`."),
        ]
    }

    /// Looks at the address, the names and values of headers, and the files of `tls`.
    public func check(_ options: Options, _ context: CheckContext) -> [ConfigIssue] {
        checkAddress(options) + checkHeaders(options) + checkFiles(options)
    }

    private func checkAddress(_ options: Options) -> [ConfigIssue] {
        guard let url = options.string("url") else { return [] }
        let place = options.place(of: "url")
        guard let address = HTTPAddress(url) else {
            return [
                ConfigIssue(
                    "url: must be http:// or https:// with a host, encoded", at: place, hint: "https://example.org/path"
                )
            ]
        }
        if address.hasLogin {
            let hint = "headers: { Authorization: \"Basic ${credential:NAME}\" }"
            return [
                ConfigIssue("url: a name or password would be seen by whoever sees the address", at: place, hint: hint)
            ]
        }
        if options.object("tls") != nil, !address.isSecure {
            return [ConfigIssue("tls: without a `url` of https", at: options.place(of: "tls"), hint: "https://…")]
        }
        return []
    }

    private func checkHeaders(_ options: Options) -> [ConfigIssue] {
        let owned: Set = ["host", "content-length", "transfer-encoding", "connection", "expect", "millrace-id"]
        return options.map("headers").compactMap { pair in
            let message: String
            if owned.contains(pair.name.lowercased()) {
                message = "headers.\(pair.name): set by Millrace itself"
            } else if !pair.name.utf8.allSatisfy({ Self.isToken($0) }) || pair.name.isEmpty {
                message = "headers: a name has letters, digits and `-` only"
            } else if pair.value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
                message = "headers.\(pair.name): the value has a control character (a line feed at the end of a file?)"
            } else {
                return nil
            }
            return ConfigIssue(message, at: pair.place, width: max(pair.name.count, 1))
        }
    }

    private func checkFiles(_ options: Options) -> [ConfigIssue] {
        guard let tls = options.object("tls") else { return [] }
        let tildes = ConfigIssue.tildes(tls: tls)
        guard (tls.string("cert") == nil) != (tls.string("key") == nil) else { return tildes }
        let (given, missing) = tls.string("cert") == nil ? ("key", "cert") : ("cert", "key")
        return tildes + [ConfigIssue("tls.\(given): needs `\(missing)` too", at: tls.place(of: given))]
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// Connects, TLS included, and sends nothing: what the server says to a request is only known by making one.
    public func probe(_ options: Options, _ context: CheckContext, timeout: Int64) -> Readiness {
        let settings = HTTPSettings(options)
        var call = settings.call([])
        call.timeout = timeout
        do throws(HTTPClientError) {
            try HTTPClient.connect(call)
            return .ready(settings.host)
        } catch {
            let fault = HTTPFault(error, host: settings.host)
            guard error.kind == .tls || error.kind == .noTLS else { return .unreachable(fault.text) }
            let words = fault.words.map { ": \($0)" } ?? ""
            return .refused(MillraceError(.notPermitted, fault.what + words, remedy: fault.remedy))
        }
    }

    /// Starts the thread that makes the requests.
    public func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink {
        do throws(HTTPClientError) {
            return try HTTPSink(HTTPSettings(options), memory: context.memory)
        } catch {
            throw MillraceError(.internal, "sink \(context.name): \(error.message)")
        }
    }
}
