import Kafka
import Millrace

/// What a part says of its connection, and where: what is at fault when there is none.
struct ConnectionSetup: Sendable {
    /// `host:port`, comma separated, as they are shown.
    let brokers: String
    /// SASL's mechanism; nil without SASL.
    var mechanism: String?
    /// By TLS.
    var usesTLS = false
    /// With a client's certificate.
    var hasCertificate = false
    /// Where `brokers`, `tls`, `tls.ca`, `tls.cert`, `sasl`, `sasl.mechanism`, `sasl.password` stand.
    var places: [String: ConfigPlace] = [:]

    /// A connection without TLS and SASL, to `brokers` that no config names.
    init(brokers: String) { self.brokers = brokers }

    /// What `options`, or the `source`'s that they inherit, say of the connection of `client`.
    init(_ client: ClientOptions, _ options: Options, inheriting source: Options? = nil) {
        brokers = client.brokers
        let security = KafkaConfiguration(client.security)
        let written = KafkaConfiguration(client.properties)
        let transport = written["security.protocol"] ?? security["security.protocol"] ?? "plaintext"
        usesTLS = transport.lowercased().hasSuffix("ssl")
        let isNamed = transport.lowercased().hasPrefix("sasl")
        let named = ["sasl.mechanism", "sasl.mechanisms"].compactMap { written[$0] ?? security[$0] }.first
        mechanism = isNamed ? named ?? "GSSAPI" : nil
        hasCertificate = [written, security].contains { $0["ssl.certificate.location"] != nil }
        for options in [source, options].compactMap(\.self) { note(options) }
    }

    private mutating func note(_ options: Options) {
        if options.isGiven("brokers") { places["brokers"] = options.place(of: "brokers") }
        for block in ["tls", "sasl"] {
            guard let inner = options.object(block) else { continue }
            places[block] = options.place(of: block)
            for key in ["ca", "cert", "key", "mechanism", "username", "password"] where inner.isGiven(key) {
                places["\(block).\(key)"] = inner.place(of: key)
            }
        }
        for pair in options.map("properties") {
            for (property, key) in ConnectionSetup.keys where pair.name == property { places[key] = pair.place }
        }
    }

    /// The keys that properties of librdkafka stand for.
    private static let keys: [(property: String, key: String)] = [
        ("security.protocol", "tls"), ("ssl.ca.location", "tls.ca"), ("ssl.certificate.location", "tls.cert"),
        ("ssl.key.location", "tls.key"), ("sasl.mechanism", "sasl.mechanism"), ("sasl.mechanisms", "sasl.mechanism"),
        ("sasl.username", "sasl.username"), ("sasl.password", "sasl.password"),
    ]

    /// Where the first of `keys` stands that is given.
    func place(_ keys: String...) -> ConfigPlace? { keys.lazy.compactMap { places[$0] }.first }

    /// Whom the brokers see, without a name that a variable may hide.
    var user: String {
        if mechanism != nil { return "the user of sasl.username" }
        return hasCertificate ? "the holder of tls.cert" : "a client without a name"
    }

    /// How the connection is made, for a list: `no TLS, no SASL`.
    var text: String { "\(usesTLS ? "TLS" : "no TLS"), \(mechanism.map { "SASL \($0)" } ?? "no SASL")" }
}
