import Kafka
import Millrace
import Platform

/// Topics that are made anew while they are read: ``TopicDoubts`` says why the group is asked.
extension SourceControl {
    /// How often it is asked, milliseconds.
    private static let doubtInterval: Int64 = 1_000
    /// How long each question may hold up this thread.
    private static let doubtTimeout = Duration.seconds(1)

    /// The broker does not know these topics, or not so much of them as was read.
    func doubt(_ topics: some Sequence<String>) {
        for topic in topics where settings.topics.contains(topic) { doubts.doubt(topic) }
    }

    /// Asks about the topics in doubt that are there. What was forgotten of them is read from the beginning: for that all
    /// shards are given back and taken again, as for those that stand still.
    func lookAtDoubts(_ consumer: KafkaConsumer, _ now: Int64) {
        guard !doubts.topics.isEmpty, now >= nextDoubtLook, revoke == nil, arriving == nil, stopDeadline == nil,
            !isFenced
        else { return }
        nextDoubtLook = now + SourceControl.doubtInterval
        let shards = book.shards
        let questions = doubts.questions(shards)
        guard !questions.isEmpty, let there = partitions(consumer, of: settings.topics) else { return }
        let owned = there.filter { shards.contains(ShardID($0)) }
        let asked = owned.filter { questions.contains($0.topic) }
        guard !asked.isEmpty, let found = try? consumer.committed(asked, timeout: SourceControl.doubtTimeout) else {
            return
        }
        let anew = doubts.settle(found)
        guard !anew.isEmpty else { return }
        for topic in anew.sorted() {
            note(
                .warn, "topic-made-anew",
                [
                    ("topic", topic), ("group", settings.group),
                    (
                        "note",
                        "it was deleted, and what the group had committed with it: the new one is read from its start"
                    ),
                ])
        }
        // It is there: a look says so, before anybody reads that it is not.
        nextTopicLook = 0
        beginRevoke(lost: false, again: owned)
    }

    /// The partitions that there are of `topics`; nil where no broker tells.
    private func partitions(_ consumer: KafkaConsumer, of topics: [String]) -> [TopicPartition]? {
        guard let found = try? consumer.client.metadata(topics: topics, timeout: SourceControl.doubtTimeout) else {
            return nil
        }
        return found.topics.filter { $0.error == .none }.flatMap { topic in
            topic.partitions.map { TopicPartition(topic.name, $0.id) }
        }
    }
}

extension ShardID {
    /// The shard that `partition` is.
    fileprivate init(_ partition: TopicPartition) { self.init(topic: partition.topic, partition: partition.partition) }
}
