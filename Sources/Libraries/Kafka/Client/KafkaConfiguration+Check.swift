import CRdkafka

extension KafkaConfiguration {
    /// A property that cannot be used, and why.
    public struct Problem: Sendable, Hashable {
        /// The property.
        public let key: String
        /// What is wrong with it, for people; it shows no value of a secret.
        public let text: String
        /// The property that may have been meant, where one is close.
        public let suggestion: String?
    }

    /// What is wrong with `properties` for a client of this role, in their order; empty when each can be set.
    ///
    /// Stricter than librdkafka, which takes `10ms` for the number 10 and ignores a consumer's property on a producer.
    /// It sees one property at a time: what two of them mean together, and whether files exist, shows when the client
    /// is made. No client is made here and nothing is connected to.
    public static func check(
        _ properties: some Sequence<(key: String, value: String)>, for role: KafkaClient.Role
    ) -> [Problem] {
        guard let conf = unsafe rd_kafka_conf_new() else { return [] }
        defer { unsafe rd_kafka_conf_destroy(conf) }
        return properties.compactMap { key, value in
            guard let known = KafkaProperty.all[key] else {
                let text = "no such property in librdkafka \(libraryVersion)"
                return Problem(key: key, text: text, suggestion: nearest(to: key))
            }
            let found = unsafe problem(with: value, for: known, role) ?? set(key, value, on: conf)
            return found.map { Problem(key: key, text: $0, suggestion: nil) }
        }
    }

    /// Why no client of this role can be made with `configuration`: what its properties say together, or a value that is
    /// looked at only then; nil when one can. The client that is made for it has no brokers and connects to nothing; it
    /// takes a few milliseconds.
    public static func refusal(of configuration: KafkaConfiguration, for role: KafkaClient.Role) -> String? {
        var configuration = configuration
        for key in ["bootstrap.servers", "metadata.broker.list"] { configuration[key] = nil }
        do throws(KafkaError) {
            let client = try KafkaClient(role, configuration, events: 0)
            _ = client.destroy(within: .seconds(1))
            return nil
        } catch { return error.message }
    }

    /// What librdkafka itself would let pass.
    private static func problem(with value: String, for property: KafkaProperty, _ role: KafkaClient.Role) -> String? {
        let shown = isSecret(property.key) ? "the value" : "\"\(value)\""
        if value.utf8.contains(0) { return "the value contains a NUL" }
        switch (property.scope, role) {
        case (.consumer, .producer): return "a property of consumers, this is a producer"
        case (.producer, .consumer): return "a property of producers, this is a consumer"
        default: break
        }
        switch property.kind {
        case .integer:
            return isNumber(value, of: property) ? nil : "\(shown) is no whole number\(hint(property))"
        case .float:
            return Double(value).map(\.isFinite) == true ? nil : "\(shown) is no number\(hint(property))"
        case .other: return "cannot be set by text"
        default: return nil
        }
    }

    /// Some integers have a name too (`acks=all`); the library knows those and takes no other word.
    private static func isNumber(_ value: String, of property: KafkaProperty) -> Bool {
        if Int64(value) != nil { return true }
        guard let first = value.unicodeScalars.first else { return false }
        return ("a"..."z").contains(first)
    }

    private static func hint(_ property: KafkaProperty) -> String {
        property.range.isEmpty ? "" : " (\(property.range))"
    }

    private static func nearest(to key: String) -> String? {
        let candidates = KafkaProperty.all.keys.map { (distance($0, key), $0) }
        guard let best = candidates.min(by: <), best.0 <= max(2, key.utf8.count / 4) else { return nil }
        return best.1
    }

    /// Levenshtein's distance.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (i, byte) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in right.indices {
                let replaced = diagonal + (byte == right[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
