import Kafka
import KafkaConnector
import Millrace

/// The logs of a cluster, as a reader sees them that joins no group. One thread; blocks, each call for `timeout` at most.
final class SourceLog {
    /// Where a shard's log begins and ends just now.
    struct Extent: Hashable {
        let shard: ShardID
        let log: Range<Int64>
    }

    let configuration: KafkaConfiguration
    let consumer: KafkaConsumer
    let timeout: Duration
    private let brokers: String

    /// A reader of `cluster`, known to brokers as `name`; `group` is the one whose offsets it asks for.
    init(_ cluster: KafkaCluster, name: String, group: String? = nil, timeout: Int64) throws(MillraceError) {
        configuration = cluster.reader(name, group: group)
        brokers = cluster.brokers
        self.timeout = .milliseconds(timeout)
        do { consumer = try KafkaConsumer(configuration) } catch { throw MillraceError(.config, error.message) }
    }

    /// Ends it.
    func close() { _ = consumer.close(timeout: .seconds(1)) }

    /// The shards of `topics`, in order. Throws 78 for a topic that is missing, 77 for one that may not be seen.
    func shards(of topics: [String]) throws(MillraceError) -> [ShardID] {
        let metadata = try ask { () throws(KafkaError) in
            try consumer.client.metadata(topics: topics, timeout: timeout)
        }
        var shards: [ShardID] = []
        for topic in metadata.topics {
            switch topic.error {
            case .none: shards += topic.partitions.map { ShardID(topic: topic.name, partition: $0.id) }
            case .topicAuthorization:
                throw MillraceError(.notPermitted, "topic \"\(topic.name)\" may not be read by this client")
            default:
                throw MillraceError(
                    .config, "topic \"\(topic.name)\" on \(brokers): \(topic.error.text)",
                    remedy: "correct it, or create the topic (Millrace does not create topics)")
            }
        }
        return shards.sorted()
    }

    /// Where the logs of `shards` begin and end.
    func extents(of shards: [ShardID]) throws(MillraceError) -> [Extent] {
        var extents: [Extent] = []
        for shard in shards {
            let marks = try ask { () throws(KafkaError) in
                try consumer.client.queryWatermarks(shard.topic, shard.partition, timeout: timeout)
            }
            extents.append(Extent(shard: shard, log: marks.low..<max(marks.low, marks.high)))
        }
        return extents
    }

    /// The offset of `place` in each of `extents`, in their order: at `now` (milliseconds since 1970) for what counts from
    /// the present. A time that no record is as late as is the log's end.
    func offsets(of place: Place, in extents: [Extent], now: Int64) throws(MillraceError) -> [Int64] {
        switch place {
        case .earliest: return extents.map(\.log.lowerBound)
        case .latest, .now: return extents.map(\.log.upperBound)
        case .offset(let offset): return extents.map { _ in offset }
        case .time, .ago: break
        }
        let time = max(0, place.moment(at: now) ?? 0)
        let wanted = extents.map { TopicPartition($0.shard.topic, $0.shard.partition, offset: time) }
        let found = try ask { () throws(KafkaError) in
            try consumer.client.offsets(forTimes: wanted, timeout: timeout)
        }
        var offsets: [ShardID: Int64] = [:]
        for answer in found {
            guard answer.error == .none else {
                throw MillraceError(.unavailable, "\(answer.topic):\(answer.partition): \(answer.error.text)")
            }
            offsets[ShardID(topic: answer.topic, partition: answer.partition)] = answer.realOffset
        }
        return extents.map { offsets[$0.shard] ?? $0.log.upperBound }
    }

    /// Asks, with the client's errors as ours.
    func ask<R>(_ question: () throws(KafkaError) -> R) throws(MillraceError) -> R {
        do throws(KafkaError) { return try question() } catch {
            var message = error.message
            // The client tells by events what it met on the way; the answer only says that there was none.
            while let event = consumer.poll(timeout: .zero) {
                if case .error(let met, _) = event, met.code != .allBrokersDown { message = met.message }
            }
            switch error.code {
            case .authentication, .tls, .topicAuthorization, .groupAuthorization, .clusterAuthorization:
                throw MillraceError(.notPermitted, "\(brokers): \(message)")
            default:
                throw MillraceError(
                    .unavailable, "no answer from \(brokers): \(message)",
                    remedy: "`millrace check CONFIG --connect` says more; --timeout is how long it is waited for")
            }
        }
    }
}
