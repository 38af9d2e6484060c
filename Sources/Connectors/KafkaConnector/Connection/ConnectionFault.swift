import Kafka

/// Why no broker could be talked to.
enum ConnectionFault: Hashable, Sendable {
    /// The broker does not take the user or the password.
    case credentials
    /// The broker is Kafka 4.0 or newer, and the linked librdkafka's SCRAM is not strict enough for it.
    case oldSCRAM
    /// The broker takes other mechanisms, those named.
    case mechanism(offered: String)
    /// The port takes no SASL.
    case takesNoSASL
    /// We do not trust the broker's certificate, for OpenSSL's reason of this number; 0 where it is not known.
    case certificate(Int)
    /// The broker does not trust ours, or misses one.
    case clientCertificate(String)
    /// The handshake failed for another reason, in OpenSSL's words.
    case handshake(String)
    /// The port wants TLS and we speak plain.
    case wantsTLS
    /// The port is plain and we speak TLS.
    case speaksNoTLS
    /// The port wants SASL.
    case wantsSASL
}

/// Reads out of what a client says on the way what its failure to connect is due to. Pure.
struct ConnectionClues {
    /// Known beyond doubt by one event.
    private(set) var fault: ConnectionFault?
    /// What hanging up at this point mostly means; a broker that goes down may do so too.
    private(set) var suspicion: ConnectionFault?
    /// How often it was hung up on like that.
    private(set) var hangUps = 0
    /// What else was met last: connection refused, a name that does not resolve.
    private(set) var other: String?
    /// No broker is left to be tried.
    private(set) var allDown = false
    /// A connection came past TLS and was answered, whatever became of it then.
    private(set) var wasHeard = false
    /// A connection came past the handshake of TLS.
    private(set) var passedTLS = false

    private let usesSCRAM: Bool
    private let speaksStrictSCRAM: Bool
    private var isNew = false
    private var number = 0

    /// Clues of a client with this mechanism; nil: without SASL.
    init(mechanism: String?, speaksStrictSCRAM: Bool = KafkaConfiguration.speaksStrictSCRAM) {
        usesSCRAM = mechanism?.hasPrefix("SCRAM") ?? false
        self.speaksStrictSCRAM = speaksStrictSCRAM
    }

    /// Takes an event of the client into account.
    mutating func take(_ event: ConsumerEvent) {
        switch event {
        case .error(let error, _): take(error)
        case .log(let line): take(line)
        default: break
        }
    }

    /// Takes a log line into account.
    mutating func take(_ line: KafkaLogLine) {
        switch line.facility {
        case "SSLCERTVRFY":
            if let text = ConnectionClues.part(of: line.text, after: "x509=") {
                number = Int(text.prefix { $0.isNumber }) ?? 0
            }
        case "APIVERSION":
            // Kafka 4.0 dropped the fetch requests before version 4.
            guard let text = ConnectionClues.part(of: line.text, after: "ApiKey Fetch (1) Versions ") else { return }
            isNew = (Int(text.prefix { $0.isNumber }) ?? 0) >= 4
        default: break
        }
    }

    /// Takes an error into account.
    mutating func take(_ error: KafkaError) {
        let text = error.message
        let state =
            ConnectionClues.part(of: text, after: "in state ").map { $0.prefix { $0.isLetter || $0 == "_" } } ?? ""
        if ["APIVERSION_QUERY", "AUTH_HANDSHAKE", "AUTH_REQ", "AUTH_LEGACY", "UP"].contains(state) { passedTLS = true }
        if ["AUTH_HANDSHAKE", "AUTH_REQ", "UP"].contains(state) { wasHeard = true }
        switch error.code {
        case .allBrokersDown: allDown = true
        case .authentication: fault = authentication(text)
        case _ where text.contains("certificate verify failed"): fault = .certificate(number)
        case _ where text.contains("SSL") && text.contains(" alert "):
            fault = .clientCertificate(String(ConnectionClues.alert(text)))
        case _ where state == "SSL_HANDSHAKE":
            let isHangUp = ["unexpected eof", "wrong version number", "Disconnected", "PLAINTEXT"]
                .contains { text.contains($0) }
            if isHangUp { hungUp(.speaksNoTLS) } else { fault = .handshake(ConnectionClues.bare(text)) }
        case _ where text.contains("requesting ApiVersion"): hungUp(.wantsTLS)
        case _ where text.contains("might require SASL"): hungUp(.wantsSASL)
        case .destroyed: break
        default: other = ConnectionClues.bare(text)
        }
    }

    private mutating func hungUp(_ meaning: ConnectionFault) {
        suspicion = meaning
        hangUps += 1
    }

    private func authentication(_ text: String) -> ConnectionFault {
        if text.contains("not valid in current SASL state") { return .takesNoSASL }
        if text.contains("Unsupported SASL mechanism") {
            let offered = ConnectionClues.part(of: text, after: "supported mechanisms: ") ?? ""
            return .mechanism(offered: String(offered.prefix { $0 != " " && $0 != "(" }))
        }
        return usesSCRAM && isNew && !speaksStrictSCRAM ? .oldSCRAM : .credentials
    }

    private static func part(of text: String, after mark: String) -> Substring? {
        text.firstRange(of: mark).map { text[$0.upperBound...] }
    }

    private static func alert(_ text: String) -> Substring {
        let alert = part(of: text, after: " alert ") ?? ""
        return alert.prefix { $0 != ":" && $0 != "(" }
    }

    /// `sasl_ssl://HOST/bootstrap: Connect to ipv4#HOST failed: Connection refused (after 0ms in state CONNECT)`, without
    /// what is known already.
    static func bare(_ text: String) -> String {
        var text = text[...]
        if let end = text.firstRange(of: " (after ") { text = text[..<end.lowerBound] }
        if let scheme = text.firstRange(of: "/bootstrap: ") { text = text[scheme.upperBound...] }
        if let why = text.firstRange(of: " failed: ") { text = text[why.upperBound...] }
        return String(text)
    }
}
