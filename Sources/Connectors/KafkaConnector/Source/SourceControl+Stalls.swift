import Kafka
import Millrace
import Platform

/// Offsets that are not in the log.
extension SourceControl {
    /// How often it is looked whether a shard that stands still can be read again, milliseconds.
    private static let stallInterval: Int64 = 1_000

    /// Reads shards again that stand still because their offset is not in the log, as soon as it is, or once it is known
    /// where the log begins. A fetcher starts again only by an assignment, and while its protocol is eager the group allows
    /// no assignment of a single partition: so all shards are given back and taken again, within the same epoch of the
    /// group.
    func lookAtStalls(_ consumer: KafkaConsumer, _ now: Int64) {
        guard now >= nextStallLook, revoke == nil, arriving == nil, stopDeadline == nil else { return }
        let stalled = stalls.filter { $0.value.offset != nil }
        guard !stalled.isEmpty else { return }
        nextStallLook = now + SourceControl.stallInterval
        var isOfUse = false
        for (shard, stall) in stalled {
            guard
                let marks = try? consumer.client.queryWatermarks(
                    shard.topic, shard.partition, timeout: SourceControl.stallTimeout)
            else { continue }
            guard stall.look(marks) else {
                doubt([shard.topic])
                continue
            }
            isOfUse = true
            beginnings[shard] = marks.low
        }
        guard isOfUse else { return }
        lookAtBeginnings(consumer)
        note(
            .warn, "reading-again",
            [
                ("shards", ShardNames.text(stalled.keys.sorted())),
                ("note", "their offsets were not in the log; all shards are taken up again"),
            ])
        beginRevoke(lost: false, again: book.shards.map { TopicPartition($0.topic, $0.partition) })
    }

    /// Learns where all logs begin: whose fetcher stands still a moment later needs no round of its own then.
    private func lookAtBeginnings(_ consumer: KafkaConsumer) {
        let places = book.shards.map { TopicPartition($0.topic, $0.partition, offset: KafkaOffset.beginning) }
        let found = try? consumer.client.offsets(forTimes: places, timeout: SourceControl.stallTimeout)
        for place in found ?? [] where place.error == .none && place.offset >= 0 {
            beginnings[ShardID(topic: place.topic, partition: place.partition)] = place.offset
        }
    }

    /// How long a question about a log's ends may hold up this thread.
    private static let stallTimeout = Duration.seconds(1)
}
