import Kafka
import Millrace

/// Where a group begins that has never committed.
enum SourceStart: Sendable, Hashable {
    /// At the first record that the log has.
    case earliest
    /// Behind the last record.
    case latest
    /// At the first record of this time or later, milliseconds since 1970.
    case time(Int64)
}

/// Finds the offsets at which partitions are read after an assignment. Blocks; control thread only.
struct StartFinder {
    let consumer: KafkaConsumer
    let topics: [String]
    let start: SourceStart
    /// Topics that may have been made anew while they were read: that is no first start.
    let anew: Set<String>
    let timeout: Duration

    /// A partition and where it is read from.
    struct Found {
        let partition: TopicPartition
        let offset: Int64
        let metadata: String?
        /// Nothing was committed: the offset is to be committed at once, so that it is remembered.
        let isFirst: Bool
    }

    /// The committed offset of each partition; for those without one the configured start when the group has committed
    /// nothing at all, else the beginning, as they were added to a topic that is read already.
    func find(_ partitions: [TopicPartition]) throws(KafkaError) -> [Found] {
        let committed = try consumer.committed(partitions, timeout: timeout)
        let missing = committed.filter { $0.realOffset == nil }
        var first: [TopicPartition: Int64] = [:]
        if !missing.isEmpty {
            let isNew = try isGroupNew(knownToHave: committed.contains { $0.realOffset != nil })
            for partition in missing {
                let place = isNew && !anew.contains(partition.topic) ? start : .earliest
                first[TopicPartition(partition.topic, partition.partition)] = try firstOffset(partition, place)
            }
        }
        var found: [Found] = []
        for partition in committed {
            if let offset = partition.realOffset {
                let metadata = partition.metadata.isEmpty ? nil : partition.metadata
                found.append(Found(partition: partition, offset: offset, metadata: metadata, isFirst: false))
            } else if let offset = first[TopicPartition(partition.topic, partition.partition)] {
                found.append(Found(partition: partition, offset: offset, metadata: nil, isFirst: true))
            }
        }
        return found
    }

    private func isGroupNew(knownToHave: Bool) throws(KafkaError) -> Bool {
        if knownToHave { return false }
        let metadata = try consumer.client.metadata(topics: topics, timeout: timeout)
        let all = metadata.topics.flatMap { topic in topic.partitions.map { TopicPartition(topic.name, $0.id) } }
        return try consumer.committed(all, timeout: timeout).allSatisfy { $0.realOffset == nil }
    }

    private func firstOffset(_ partition: TopicPartition, _ start: SourceStart) throws(KafkaError) -> Int64 {
        let marks = try consumer.client.queryWatermarks(partition.topic, partition.partition, timeout: timeout)
        switch start {
        case .earliest: return marks.low
        case .latest: return marks.high
        case .time(let time):
            let wanted = [TopicPartition(partition.topic, partition.partition, offset: time)]
            let answer = try consumer.client.offsets(forTimes: wanted, timeout: timeout)
            // A shard with nothing of that time or later begins at its end.
            return answer.first?.realOffset ?? marks.high
        }
    }
}
