import CRdkafka
import Synchronization

/// A topic that a producer writes to.
@safe public final class ProducerTopic: @unchecked Sendable {
    /// Its name.
    public let name: String

    let client: KafkaClient
    // Lives until the client frees what was registered for it.
    let handle: OpaquePointer
    private let partitions = Atomic<Int32>(0)

    init(client: KafkaClient, name: String) throws(KafkaError) {
        self.client = client
        self.name = name
        let topic = try unsafe client.withHandle { (handle) throws(KafkaError) in
            guard let topic = unsafe rd_kafka_topic_new(handle, name, nil) else {
                throw KafkaError(KafkaErrorCode(rd_kafka_last_error()), "topic \(name)")
            }
            return unsafe topic
        }
        unsafe handle = topic
        _ = client.register { unsafe rd_kafka_topic_destroy(topic) }
    }

    /// How many partitions the last ``refreshPartitionCount(timeout:)`` found; 0 before the first.
    public var partitionCount: Int32 { partitions.load(ordering: .relaxed) }

    /// Asks a broker how many partitions the topic has. It warms the topic up besides: without it, the first record
    /// waits up to a second.
    ///
    /// **Blocks**, at most for `timeout`: not on a lane. Throws `unknownTopicOrPartition` for a topic that is missing,
    /// `topicAuthorization` for one that may not be seen; the count stays then. Any thread.
    @discardableResult
    public func refreshPartitionCount(timeout: Duration) throws(KafkaError) -> Int32 {
        let answer = try client.metadata(topics: [name], timeout: timeout)
        guard let topic = answer.topics.first else { throw KafkaError(.unknownTopic, "topic \(name): no answer") }
        guard topic.error == .none else {
            throw KafkaError(topic.error, "topic \(name): \(topic.error.text)")
        }
        let count = Int32(topic.partitions.count)
        partitions.store(count, ordering: .relaxed)
        return count
    }
}
