import Kafka
import Millrace
import Platform

/// Topics that are deleted while they are read.
///
/// librdkafka says so in its log alone and asks for the topic again by itself; its shards look as if nothing came.
extension SourceControl {
    /// How often it is looked whether all topics are there, milliseconds.
    private static let topicInterval: Int64 = 5_000
    /// How long the question may hold up this thread, a topic.
    private static let topicTimeout = Duration.seconds(1)

    /// Asks for the topics, where nothing else is wrong: one that is missing twice in a row is what is waited for.
    func lookAtTopics(_ consumer: KafkaConsumer, _ now: Int64) {
        guard now >= nextTopicLook, revoke == nil, arriving == nil, stopDeadline == nil, !isFenced else { return }
        nextTopicLook = now + SourceControl.topicInterval
        guard source.view.withLock({ $0.trouble == nil }),
            let found = try? consumer.client.metadata(topics: settings.topics, timeout: SourceControl.topicTimeout)
        else { return }
        let gone = Set(found.topics.filter { $0.error == .unknownTopicOrPartition }.map(\.name))
        defer { suspects = gone }
        doubt(gone)
        let missing = gone.intersection(suspects)
        guard missing != missingTopics else { return }
        tell(missing)
        missingTopics = missing
        source.view.withLock { $0.missing = missing }
    }

    private func tell(_ missing: Set<String>) {
        for topic in missing.subtracting(missingTopics).sorted() {
            note(
                .error, "topic-missing",
                [
                    ("topic", topic), ("error", "it is not there any more: deleted?"),
                    ("next", "goes on by itself once it is there again; else correct source.kafka.topics and restart"),
                ])
        }
        for topic in missingTopics.subtracting(missing).sorted() { note(.info, "topic-back", [("topic", topic)]) }
    }
}
