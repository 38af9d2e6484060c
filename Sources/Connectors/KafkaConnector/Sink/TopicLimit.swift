import Kafka

/// The largest record that a topic takes, as its brokers say: so that one too large is found before its request, with all
/// the other records in it, is refused.
public struct TopicLimit: Sendable, Hashable {
    /// `max.message.bytes`.
    public let bytes: Int

    /// A limit that is known.
    public init(bytes: Int) { self.bytes = bytes }

    /// Asks a broker of `client`; nil where none says within `timeout` or it may not be read. The embedded one has no limit,
    /// and leaves the question unanswered.
    public init?(of topic: String, client: KafkaClient, timeout: Duration) {
        guard client.clusterID(timeout: timeout)?.hasPrefix("mockCluster") == false,
            let bytes = (try? client.topicSettings(topic, timeout: timeout))?.maxMessageBytes
        else { return nil }
        self.bytes = bytes
    }

    /// What a record without headers takes in the log, alone and not compressed.
    public static func size(key: Int?, payload: Int?) -> Int { RecordSize.alone(key: key, payload: payload) }
}
