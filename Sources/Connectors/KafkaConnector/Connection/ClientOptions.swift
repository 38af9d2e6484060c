import Kafka
import Millrace

/// How to reach a cluster: what the source, the sinks and the dead letter writer of a config have in common.
///
/// # Configuration keys
/// `brokers`, `tls`, `sasl`, `properties`: see ``keys``.
struct ClientOptions: Sendable {
    /// `host:port[,host:port]…`, or ``embedded``.
    let brokers: String
    /// What TLS, SASL and their like come to, as librdkafka's properties.
    let security: [(key: String, value: String)]
    /// What `properties` says itself.
    let properties: [(key: String, value: String)]

    /// The value of `brokers` that means the process's own broker.
    static let embedded = "embedded"

    /// What `options` say. Of a sink or a dead letter writer, whose config may name the `source`'s brokers or none, the
    /// source's TLS and SASL count as well, unless it has blocks of its own.
    init(_ options: Options, inheriting source: Options? = nil) {
        let inherited = source?.string("brokers")
        let brokers = options.string("brokers") ?? inherited ?? ""
        self.brokers = brokers
        let own = options.map("properties").map { (key: $0.name, value: $0.value) }
        properties = own
        let isOwn = options.object("tls") != nil || options.object("sasl") != nil
        guard let source, !isOwn, let inherited, ClientOptions.overlap(brokers, inherited) else {
            security = ClientOptions.security(options)
            return
        }
        // Without blocks a source may have its security among its properties.
        let written = source.map("properties").map { (key: $0.name, value: $0.value) }
        security = ClientOptions.security(source) + written.filter { ClientOptions.isSecurity($0.key) }
    }

    /// Whether two lists of brokers have one in common: then they are of one cluster.
    static func overlap(_ left: String, _ right: String) -> Bool {
        func names(_ list: String) -> Set<String> {
            Set(list.split(separator: ",").map { $0.filter { $0 != " " }.lowercased() })
        }
        return !names(left).isDisjoint(with: names(right))
    }

    /// Whether the process's own broker is meant.
    var isEmbedded: Bool { brokers == ClientOptions.embedded }

    /// Whether a producer compresses its requests.
    var compresses: Bool {
        properties.contains { ["compression.codec", "compression.type"].contains($0.key) && $0.value != "none" }
    }

    /// Where to connect to. For ``embedded`` the broker is started, and `topics` are made in it.
    func bootstrap(topics: [String]) throws(MillraceError) -> String {
        guard isEmbedded else { return brokers }
        return try EmbeddedBrokers.shared.bootstrap(topics: topics)
    }

    /// `preset` with the security and the properties of the config over it.
    func configuration(over preset: KafkaConfiguration) -> KafkaConfiguration {
        preset.merging(KafkaConfiguration(security)).merging(KafkaConfiguration(properties))
    }

    /// The `client.id` of a part of a pipeline: brokers show it in their logs and quotas.
    static func clientID(_ pipeline: String, _ part: String) -> String {
        // Longer ones crash this version of librdkafka, and other bytes are trouble in brokers' metrics.
        String(String.UnicodeScalarView("\(pipeline)-\(part)".unicodeScalars.map { isPlain($0) ? $0 : "_" }).prefix(32))
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": true
        default: false
        }
    }

    private static func security(_ options: Options) -> [(key: String, value: String)] {
        var found: [(key: String, value: String)] = []
        let tls = options.object("tls")
        let sasl = options.object("sasl")
        switch (tls != nil, sasl != nil) {
        case (true, true): found.append(("security.protocol", "sasl_ssl"))
        case (true, false): found.append(("security.protocol", "ssl"))
        case (false, true): found.append(("security.protocol", "sasl_plaintext"))
        case (false, false): break
        }
        for (name, property) in [
            ("ca", "ssl.ca.location"), ("cert", "ssl.certificate.location"), ("key", "ssl.key.location"),
        ] {
            if let value = tls?.string(name) { found.append((property, value)) }
        }
        for (name, property) in [
            ("mechanism", "sasl.mechanism"), ("username", "sasl.username"), ("password", "sasl.password"),
        ] {
            if let value = sasl?.string(name) { found.append((property, value)) }
        }
        return found
    }

    /// Whether a property is of the kind that `tls` and `sasl` stand for.
    static func isSecurity(_ property: String) -> Bool {
        ["security.", "ssl.", "sasl.", "enable.ssl.", "enable.sasl."].contains { property.hasPrefix($0) }
    }
}
