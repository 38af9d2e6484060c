import Kafka
import Testing

/// Reads a topic from its beginning to where it ends now.
final class SinkTopicReader {
    /// A record as it lies in the topic.
    struct Found: Equatable {
        var value: String?
        var key: String?
        var headers: [String] = []
        var timestamp: Int64 = 0
    }

    /// The records of `topic` by partition, all of them.
    static func all(_ bootstrap: String, _ topic: String, partitions: Int32) throws -> [[Found]] {
        let reader = try SinkTopicReader(bootstrap, topic, partitions)
        defer { reader.close() }
        return try reader.read()
    }

    private let consumer: KafkaConsumer
    private let topic: String
    private var queues: [PartitionQueue] = []
    private let batch = MessageBatch(capacity: 1000)

    private init(_ bootstrap: String, _ topic: String, _ partitions: Int32) throws {
        consumer = try KafkaConsumer([
            "bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": "false",
            "enable.auto.offset.store": "false", "auto.offset.reset": "error", "fetch.wait.max.ms": "10",
        ])
        self.topic = topic
        for partition in 0..<partitions { queues.append(try consumer.partitionQueue(topic, partition)) }
        try consumer.assign((0..<partitions).map { TopicPartition(topic, $0, offset: KafkaOffset.beginning) })
    }

    /// The marks of a partition, asked for again while the client does not know a young topic.
    private func marks(_ partition: Int32, until limit: ContinuousClock.Instant) throws -> Watermarks {
        while true {
            do {
                return try consumer.client.queryWatermarks(topic, partition, timeout: .seconds(10))
            } catch {
                guard ContinuousClock.now < limit else { throw error }
                _ = consumer.poll(timeout: .milliseconds(100))
            }
        }
    }

    private func read() throws -> [[Found]] {
        var left = 0
        let limit = ContinuousClock.now + .seconds(60)
        for queue in queues {
            let marks = try marks(queue.partition, until: limit)
            left += Int(marks.high - marks.low)
        }
        var found = queues.map { _ in [Found]() }
        while left > 0 && ContinuousClock.now < limit {
            _ = consumer.poll(timeout: .milliseconds(1))
            for (index, queue) in queues.enumerated() {
                batch.removeAll()
                let batch = self.batch
                _ = queue.read(into: batch, max: 1000)
                for place in 0..<batch.count {
                    let message = batch[place]
                    guard message.error == .none else { continue }
                    found[index].append(try Found(message))
                    left -= 1
                }
            }
        }
        #expect(left == 0, "the topic could not be read to its end")
        batch.removeAll()
        return found
    }

    private func close() {
        batch.removeAll()
        for queue in queues { queue.close() }
        _ = consumer.close(timeout: .seconds(10))
    }
}

extension SinkTopicReader.Found {
    fileprivate init(_ message: KafkaMessage) throws {
        timestamp = message.timestamp
        if let payload = message.payload { value = SinkTopicReader.Found.text(payload) }
        if let key = message.key { self.key = SinkTopicReader.Found.text(key) }
        var found: [String] = []
        try unsafe message.forEachHeader { header in
            let name = unsafe String(decoding: header.name, as: UTF8.self)
            let value = unsafe header.value.map { unsafe String(decoding: $0, as: UTF8.self) } ?? "<null>"
            found.append("\(name)=\(value)")
        }
        headers = found
    }

    private static func text(_ span: RawSpan) -> String {
        unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
