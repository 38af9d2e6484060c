import Kafka
import Millrace

/// The Kafka sink, as a config names it: `kafka: { topic: orders-clean }`.
///
/// # Configuration keys
/// `topic`, `headers`, `timestamp`, `partition`, `brokers`, `tls`, `sasl`, `properties`; see ``keys``.
public struct KafkaSinkKind: SinkKind {
    /// The kind.
    public init() {}

    /// `kafka`
    public var name: String { "kafka" }

    /// One sentence for the reference.
    public var meaning: String { "Writes records to a Kafka topic, in order in each of its partitions." }

    /// The keys, those of the client last.
    public var keys: [Key] {
        [
            .required("topic", .string, example: "orders-clean", "The topic; it must exist."),
            Key("headers", .choice(["pass", "none"]), default: "pass", "Whether records keep their headers."),
            Key(
                "timestamp", .choice(["now", "source"]), default: "now",
                "The record's time in the topic: when it is written, or the source's, by which retention may delete it"
                    + " at once."),
            Key(
                "partition", .choice(["key", "source"]), default: "key",
                "What decides on the partition: the key, as Java's clients do it (a record without one goes by its"
                    + " source partition), or the source partition, mod their number."),
        ] + ClientOptions.keys
    }

    /// What is wrong beyond the types of the keys.
    public func check(_ options: Options, _ context: CheckContext) -> [ConfigIssue] {
        var issues = ClientOptions.check(
            options, for: .producer, owned: SinkSettings.owned,
            over: .gaplessProducer(brokers: "", clientID: "millrace"))
        if let issue = ClientOptions.topicIssue(options) { issues.append(issue) }
        if let issue = loop(options, context) { issues.append(issue) }
        return issues
    }

    /// A sink that writes where the source reads would never come to an end.
    private func loop(_ options: Options, _ context: CheckContext) -> ConfigIssue? {
        guard context.sourceKind == "kafka", let topic = options.string("topic") else { return nil }
        let source = context.source.string("brokers") ?? ""
        guard ClientOptions.overlap(options.string("brokers") ?? source, source),
            context.source.strings("topics").contains(topic)
        else { return nil }
        return ConfigIssue(
            "topic: \"\(topic)\" is a topic of the source: its own output would be read for ever",
            at: options.place(of: "topic"), width: topic.count)
    }

    /// Makes the sink. Starts the embedded broker where that is meant; connects to nothing.
    public func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink {
        try KafkaSink(SinkSettings(options, context), notes: context.notes)
    }
}
