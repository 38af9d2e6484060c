import Kafka
import KafkaConnector
import Millrace
import MillraceService
import Platform

/// A consumer group as a seek needs it. One thread; blocks, each call for the log's timeout at most.
struct SeekGroup {
    let log: SourceLog
    let name: String
    /// How long a coordinator may take to be chosen, milliseconds.
    let patience: Int64

    /// What the group has committed of `shards`; those without are left out.
    func committed(_ shards: [ShardID]) throws(MillraceError) -> [ShardID: TopicPartition] {
        let places = shards.map { TopicPartition($0.topic, $0.partition) }
        let found = try patiently { () throws(KafkaError) in
            try log.consumer.committed(places, timeout: log.timeout)
        }
        var committed: [ShardID: TopicPartition] = [:]
        for place in found {
            if place.error != .none {
                throw MillraceError(
                    .unavailable, "group \(name), \(place.topic):\(place.partition): \(place.error.text)")
            }
            if place.realOffset != nil {
                committed[ShardID(topic: place.topic, partition: place.partition)] = place
            }
        }
        return committed
    }

    /// Who is in it.
    func members() throws(MillraceError) -> [KafkaGroup.Member] {
        try patiently { () throws(KafkaError) in
            try KafkaAdmin(log.consumer.client).describeGroup(name, timeout: log.timeout)
        }.members
    }

    /// Commits where `moves` lead; all of them or, where a member has come in between, none.
    func commit(_ moves: [SeekMove], _ author: CommitTrace) throws(MillraceError) {
        let places = moves.map {
            TopicPartition($0.shard.topic, $0.shard.partition, offset: $0.after, metadata: $0.metadata(author))
        }
        do throws(KafkaError) { try log.consumer.commitAndWait(places, timeout: log.timeout) } catch {
            switch error.code {
            case .unknownMember, .illegalGeneration, .rebalanceInProgress:
                throw MillraceError(
                    .unavailable, "a worker joined group \(name) at this moment, so nothing was moved",
                    remedy: "stop it, then give the command again")
            case .groupAuthorization, .topicAuthorization:
                throw MillraceError(
                    .notPermitted, "group \(name): \(error.message)",
                    remedy: "allow READ on the group and on its topics")
            default:
                throw MillraceError(
                    .unavailable, "group \(name): \(error.message)",
                    remedy: "give the command again: it may or may not have been done")
            }
        }
    }

    /// Who they are and what they read, for people: five at most.
    static func text(_ members: [KafkaGroup.Member]) -> String {
        let texts = members.prefix(5).map { member in
            let host = member.host.hasPrefix("/") ? String(member.host.dropFirst()) : member.host
            let shards = member.partitions.map { ShardID(topic: $0.topic, partition: $0.partition) }
            let name = member.instance.map { "\(member.clientID) (static member \($0))" } ?? member.clientID
            return "\(name) on \(host) has \(shards.isEmpty ? "no shard" : ShardRanges.text(shards))"
        }
        let more = members.count > 5 ? ["and \(members.count - 5) more"] : []
        return (texts + more).joined(separator: "; ")
    }

    /// Asks again while the group's coordinator is being chosen or loads its groups.
    private func patiently<R>(_ question: () throws(KafkaError) -> R) throws(MillraceError) -> R {
        let deadline = MonotonicClock.milliseconds() + patience
        while true {
            do throws(KafkaError) { return try question() } catch {
                if error.code == .unsupported {
                    throw MillraceError(
                        .unavailable, "this broker cannot tell who is in a group (the embedded one cannot)",
                        remedy: "seek needs a real broker")
                }
                guard error.isRetriable && error.code != .timedOut, MonotonicClock.milliseconds() < deadline else {
                    return try log.ask { () throws(KafkaError) in throw error }
                }
            }
            _ = log.consumer.poll(timeout: .milliseconds(100))
        }
    }
}
