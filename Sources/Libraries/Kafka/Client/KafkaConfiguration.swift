import CRdkafka

/// The properties of a client: librdkafka's names and texts. Of a key that is set twice the later value counts.
public struct KafkaConfiguration: Sendable, Hashable {
    /// A property and its value.
    public struct Property: Sendable, Hashable {
        /// librdkafka's name of it.
        public let key: String
        /// Its value, as text.
        public fileprivate(set) var value: String
    }

    /// What was set, each key once, in the order of its first setting.
    public private(set) var properties: [Property] = []

    /// No property set: librdkafka's own defaults.
    public init() {}

    /// The properties of `pairs`, in order.
    public init(_ pairs: some Sequence<(key: String, value: String)>) {
        for (key, value) in pairs { self[key] = value }
    }

    /// The value that was set for `key`; setting nil takes the setting back.
    public subscript(key: String) -> String? {
        get { properties.first { $0.key == key }?.value }
        set {
            let place = properties.firstIndex { $0.key == key }
            switch (place, newValue) {
            case (let place?, let value?): properties[place].value = value
            case (let place?, nil): properties.remove(at: place)
            case (nil, let value?): properties.append(Property(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// This configuration with those of `other` set over it.
    public func merging(_ other: KafkaConfiguration) -> KafkaConfiguration {
        var merged = self
        for property in other.properties { merged[property.key] = property.value }
        return merged
    }

    /// A conf object with all properties set, which the caller owns; throws with the key that is at fault.
    func makeConf() throws(KafkaError) -> OpaquePointer {
        guard let conf = unsafe rd_kafka_conf_new() else { throw KafkaError(.failed, "out of memory") }
        for property in properties {
            if let problem = unsafe KafkaConfiguration.set(property.key, property.value, on: conf) {
                unsafe rd_kafka_conf_destroy(conf)
                throw KafkaError(.invalidArgument, "\(property.key): \(problem)")
            }
        }
        return unsafe conf
    }

    /// Sets one property; answers what is wrong with it, or nil.
    static func set(_ key: String, _ value: String, on conf: OpaquePointer) -> String? {
        let (result, message) = unsafe withErrorText { text, size in
            unsafe rd_kafka_conf_set(conf, key, value, text, size)
        }
        switch result {
        case RD_KAFKA_CONF_OK: return nil
        case RD_KAFKA_CONF_UNKNOWN: return "no such property in librdkafka \(libraryVersion)"
        default: return message.isEmpty ? "invalid value" : message
        }
    }

    /// The version of librdkafka that is linked, `2.0.2`.
    public static var libraryVersion: String { unsafe String(cString: rd_kafka_version_str()) }

    /// Whether the linked librdkafka can log in by SCRAM where the broker is Kafka 4.0 or newer.
    ///
    /// Versions before 2.6.1 send their own nonce twice, which brokers before 4.0 let pass.
    public static var speaksStrictSCRAM: Bool { rd_kafka_version() >= 0x0206_01ff }
}

extension KafkaConfiguration: ExpressibleByDictionaryLiteral {
    /// The properties of a literal, in its order.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (key, value) in elements { self[key] = value }
    }
}

extension KafkaConfiguration: CustomStringConvertible {
    /// `key=value` pairs, secrets as `***`.
    public var description: String {
        properties.map { "\($0.key)=\(KafkaConfiguration.isSecret($0.key) ? "***" : $0.value)" }
            .joined(separator: " ")
    }

    /// True for a property whose value must not be shown.
    public static func isSecret(_ key: String) -> Bool {
        key.contains("password") || key.contains("secret") || key == "ssl.key.pem" || key == "sasl.oauthbearer.config"
            || key == "ssl.certificate.pem"
    }
}

/// Runs `body` with room for librdkafka to write an error text into; answers its result and the text.
func withErrorText<R>(_ body: (UnsafeMutablePointer<CChar>?, Int) -> R) -> (R, String) {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
        unsafe buffer.initialize(repeating: 0)
        let result = unsafe body(buffer.baseAddress, buffer.count)
        // Initialised to zeroes, and the library writes at most 511 bytes and a NUL.
        let text = unsafe buffer.baseAddress.map { unsafe String(cString: $0) } ?? ""
        return (result, text)
    }
}
