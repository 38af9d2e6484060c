import Kafka
import Millrace

extension ClientOptions {
    /// What is wrong with the keys of a client, beyond their types. Connects to nothing.
    ///
    /// - Parameters:
    ///   - owned: the properties that the client sets itself, beside those of every client, and what to write instead.
    ///   - preset: what the client sets itself; nil where it has been said already what does not go together.
    static func check(
        _ options: Options, for role: KafkaClient.Role, owned: [String: String], over preset: KafkaConfiguration?
    ) -> [ConfigIssue] {
        checkBrokers(options) + checkSecurity(options) + checkProperties(options, role, owned, preset)
    }

    private static func checkBrokers(_ options: Options) -> [ConfigIssue] {
        guard let brokers = options.string("brokers"), brokers != embedded else { return [] }
        let place = options.place(of: "brokers")
        let entries = brokers.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
        return entries.compactMap { entry in
            guard let colon = entry.lastIndex(of: ":"), colon != entry.startIndex else {
                let hint = entry.isEmpty ? "host:port[,host:port]…" : "\(entry):9092"
                return ConfigIssue(
                    "brokers: \"\(entry)\" is not host:port", at: place, width: brokers.count, hint: hint)
            }
            guard let port = Int(entry[entry.index(after: colon)...]), (1...65_535).contains(port) else {
                return ConfigIssue("brokers: \"\(entry)\" has no port", at: place, width: brokers.count)
            }
            let host = entry[..<colon]
            let isAddress = host.first == "[" && host.last == "]"
            if !isAddress, host.contains(":"), !host.contains("/") {
                return ConfigIssue(
                    "brokers: \"\(entry)\" is not host:port", at: place, width: brokers.count,
                    hint: "[\(host)]:\(port)")
            }
            let odd = host.unicodeScalars.first { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_", "[", "]", ":", "%": false
                default: true
                }
            }
            if odd != nil {
                return ConfigIssue(
                    "brokers: \"\(entry)\" is not host:port", at: place, width: brokers.count,
                    hint: "host:port[,host:port]…")
            }
            return nil
        }
    }

    private static func checkSecurity(_ options: Options) -> [ConfigIssue] {
        var issues: [ConfigIssue] = []
        if let tls = options.object("tls"), (tls.string("cert") == nil) != (tls.string("key") == nil) {
            let (given, missing) = tls.string("cert") == nil ? ("key", "cert") : ("cert", "key")
            issues.append(ConfigIssue("tls.\(given): needs `\(missing)` too", at: tls.place(of: given)))
        }
        if let tls = options.object("tls") { issues += ConfigIssue.tildes(tls: tls) }
        if let sasl = options.object("sasl"), sasl.string("mechanism") == "PLAIN", options.object("tls") == nil {
            issues.append(
                ConfigIssue(
                    "sasl.mechanism: PLAIN without `tls` shows the password to the network",
                    at: sasl.place(of: "mechanism"), hint: "tls: {}, or SCRAM-SHA-512", severity: .warning))
        }
        return issues
    }

    private static func checkProperties(
        _ options: Options, _ role: KafkaClient.Role, _ owned: [String: String], _ preset: KafkaConfiguration?
    ) -> [ConfigIssue] {
        let hasBlocks = options.object("tls") != nil || options.object("sasl") != nil
        var issues: [ConfigIssue] = []
        var open: [Options.Pair] = []
        for pair in options.map("properties") {
            if let instead = owned[pair.name] ?? ClientOptions.owned[pair.name] {
                let message = "properties.\(pair.name): set by Millrace itself"
                issues.append(ConfigIssue(message, at: pair.place, width: pair.name.count, hint: instead))
            } else if hasBlocks && isSecurity(pair.name) {
                let message = "properties.\(pair.name): not beside `tls` or `sasl`"
                issues.append(
                    ConfigIssue(message, at: pair.place, width: pair.name.count, hint: "one of the two ways for all"))
            } else {
                open.append(pair)
            }
        }
        let problems = KafkaConfiguration.check(open.map { (key: $0.name, value: $0.value) }, for: role)
        for problem in problems {
            guard let pair = open.first(where: { $0.name == problem.key }) else { continue }
            issues.append(
                ConfigIssue(
                    "properties.\(problem.key): \(problem.text)", at: pair.place, width: pair.name.count,
                    hint: problem.suggestion))
        }
        if problems.isEmpty, let preset, let issue = refusedTogether(open, role, preset) { issues.append(issue) }
        return issues
    }

    /// What librdkafka says to all of the properties at once, which single ones do not show. What is about files and
    /// certificates shows where these are: at the start, and in `check --connect`.
    private static func refusedTogether(
        _ pairs: [Options.Pair], _ role: KafkaClient.Role, _ preset: KafkaConfiguration
    ) -> ConfigIssue? {
        let pairs = pairs.filter { !isSecurity($0.name) }
        func refusal(without left: Options.Pair? = nil) -> String? {
            let kept = pairs.filter { $0 != left }.map { (key: $0.name, value: $0.value) }
            return KafkaConfiguration.refusal(of: preset.merging(KafkaConfiguration(kept)), for: role)
        }
        guard !pairs.isEmpty, let words = refusal() else { return nil }
        let culprit = pairs.first { refusal(without: $0) == nil } ?? pairs[0]
        return ConfigIssue(
            "properties.\(culprit.name): librdkafka makes no client with it: \(words)", at: culprit.place,
            width: culprit.name.count)
    }

    /// What is wrong with a topic's name, by Kafka's rules; nil for a good one.
    static func topicIssue(_ options: Options) -> ConfigIssue? {
        guard let topic = options.string("topic") else { return nil }
        if isName(topic) { return nil }
        let message = "topic: \"\(topic)\" is no topic's name: letters, digits, `.`, `_` and `-`, 249 at most"
        return ConfigIssue(message, at: options.place(of: "topic"), width: topic.count)
    }

    /// Whether a broker takes `name` as that of a topic or a static member.
    static func isName(_ name: String) -> Bool {
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": true
            default: false
            }
        }
        return isPlain && (1...249).contains(name.utf8.count) && name != "." && name != ".."
    }

    /// What every client sets itself, and what to write instead.
    private static let owned: [String: String] = [
        "bootstrap.servers": "brokers", "metadata.broker.list": "brokers",
        "client.id": "it is the pipeline's name and the part's", "log.queue": "", "log.connection.close": "",
        "enabled_events": "", "allow.auto.create.topics": "Millrace creates no topics",
        "group.id": "source.kafka.group",
        "group.instance.id": "source.kafka.instance",
    ]

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
