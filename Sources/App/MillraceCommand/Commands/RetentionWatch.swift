import Kafka
import Millrace
import MillraceService

/// Looks whether the embedded broker has dropped records for want of room, which it does without a word.
final class RetentionWatch {
    private let consumer: KafkaConsumer
    private var dropped: [TopicPartition: Int64] = [:]

    /// A watch over all topics of `broker`.
    init(_ broker: EmbeddedBroker) throws(MillraceError) {
        var configuration = KafkaConfiguration()
        configuration["bootstrap.servers"] = broker.bootstrap
        // Needed to make a consumer; it joins no group.
        configuration["group.id"] = "millrace-broker"
        do throws(KafkaError) {
            consumer = try KafkaConsumer(configuration)
        } catch {
            throw MillraceError(.internal, error.message)
        }
    }

    /// Notes which partitions have dropped records since the last look. Blocks for some milliseconds a partition.
    func look(_ notes: any NoteTaker) {
        while consumer.poll(timeout: .zero) != nil {}
        guard let metadata = try? consumer.client.metadata(timeout: .seconds(1)) else { return }
        for topic in metadata.topics {
            for partition in topic.partitions {
                let marks = try? consumer.client.queryWatermarks(topic.name, partition.id, timeout: .seconds(1))
                guard let marks, marks.low > 0 else { continue }
                let place = TopicPartition(topic.name, partition.id)
                guard marks.low > dropped[place] ?? 0 else { continue }
                dropped[place] = marks.low
                notes.note(
                    Note(
                        .warn, "records-dropped",
                        [
                            ("shard", "\(topic.name):\(partition.id)"), ("dropped", String(marks.low)),
                            ("kept", "\(marks.low)-\(marks.high - 1)"),
                            ("note", "the embedded broker keeps 5 MiB a partition; what was not read is lost"),
                        ]))
            }
        }
    }

    /// Ends it.
    func stop() { _ = consumer.close(timeout: .seconds(1)) }
}
