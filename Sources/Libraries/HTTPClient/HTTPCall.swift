/// A request to be made.
public struct HTTPCall: Sendable {
    /// `GET`, `POST` and so on.
    public var method: String
    /// The address, encoded: `http://127.0.0.1:9600/status`. With ``socketPath`` its host is a word only.
    public var url: String
    /// The path of a local socket to use instead of the network.
    public var socketPath: String?
    /// Further headers.
    public var headers: [(name: String, value: String)] = []
    /// What to send.
    public var body: [UInt8] = []
    /// Milliseconds until everything must be over.
    public var timeout: Int64
    /// Which certificates count and which one is shown, for `https`; nil trusts what the system trusts.
    public var tls: HTTPIdentity?
    /// The most bytes of an answer's body; a larger one is an error.
    public var largestAnswer = 64 << 20

    /// A call of `url`.
    public init(_ method: String, _ url: String, socketPath: String? = nil, timeout: Int64 = 10_000) {
        self.method = method
        self.url = url
        self.socketPath = socketPath
        self.timeout = timeout
    }

    /// `text` as part of a path or query: everything but letters, digits and `-._~` as `%XX`.
    public static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// The files of a TLS connection, PEM. The server's certificate and name are checked always.
public struct HTTPIdentity: Sendable, Hashable {
    /// The certificates to trust; the system's where it is nil.
    public var ca: String?
    /// The client's own certificate.
    public var cert: String?
    /// The key of ``cert``.
    public var key: String?

    /// With these files.
    public init(ca: String? = nil, cert: String? = nil, key: String? = nil) {
        self.ca = ca
        self.cert = cert
        self.key = key
    }
}

/// What a server answered, whatever its status.
public struct HTTPAnswer: Sendable {
    /// The status.
    public let status: Int
    /// The media type, where the server says it.
    public let type: String?
    /// The body.
    public let body: [UInt8]
    /// The seconds that it asks to wait by `Retry-After`, a number or a date; 0 where it does not.
    public let retryAfter: Int

    /// An answer.
    public init(status: Int, type: String? = nil, body: [UInt8] = [], retryAfter: Int = 0) {
        self.status = status
        self.type = type
        self.body = body
        self.retryAfter = retryAfter
    }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// Why there is no answer.
public struct HTTPClientError: Error, Sendable, Hashable {
    /// What kind of thing went wrong.
    public enum Kind: Sendable, Hashable {
        /// Nobody listens there, or it is not there.
        case refused
        /// The system does not let us.
        case denied
        /// Time is over.
        case timeout
        /// The answer is larger than allowed.
        case tooLarge
        /// One side does not trust the other, or a file with certificates is no good.
        case tls
        /// TLS was wanted, and the other side does not speak it there.
        case noTLS
        /// The connection was ended without a word of an answer.
        case noAnswer
        /// What came is no HTTP.
        case noHTTP
        /// The connection broke off on the way.
        case brokenOff
        /// The caller took it back.
        case cancelled
        /// Anything else: the message says what.
        case other
    }

    /// What kind.
    public let kind: Kind
    /// What happened, in libcurl's words where it has some. Has no address and no header in it.
    public let message: String

    /// An error of `kind`.
    public init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }
}
