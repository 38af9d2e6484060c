import Kafka
import Millrace

/// What a code means for a dead letter.
enum DeadLetterVerdict {
    /// What became of a letter that was answered with `code`. `fatal` is what the producer said, if it broke.
    static func outcome(
        _ code: KafkaErrorCode, _ topic: String, _ partition: Int32, _ offset: Int64, fatal: String?
    ) -> DeadLetterOutcome {
        switch code {
        // After a retry the broker may no more say where.
        case .none: .written(place: offset >= 0 ? "\(topic):\(partition):\(offset)" : "\(topic):\(partition)")
        case .messageTooLarge: .tooLarge("topic \(topic) finds it too large (max.message.bytes)")
        case .purgedFromQueue, .purgedInFlight, .fatal: .failed(fatal ?? "topic \(topic): \(code.text)")
        default: .failed(text(topic, code))
        }
    }

    /// Whether the topic is to be looked at again.
    static func isAboutTopic(_ code: KafkaErrorCode) -> Bool {
        [.unknownTopic, .unknownTopicOrPartition, .unknownPartition, .topicAuthorization].contains(code)
    }

    /// What is wrong, and what to do.
    static func text(_ topic: String, _ code: KafkaErrorCode) -> String {
        switch code {
        case .unknownTopicOrPartition, .unknownTopic:
            "dead letter topic \(topic) does not exist: create it (kafka-topics.sh --create --topic \(topic))"
        case .topicAuthorization:
            "not permitted on dead letter topic \(topic): grant WRITE and DESCRIBE (kafka-acls.sh --add --producer"
                + " --topic \(topic))"
        case .invalidRecord:
            "dead letter topic \(topic) refuses the record: is it compacted (cleanup.policy)? It must be `delete`"
        // A letter's time is that of writing.
        case .invalidTimestamp: RefusalRules.clockText(topic)
        default: "dead letter topic \(topic): \(code.name): \(code.text)"
        }
    }

    /// What is said of a letter that the topic cannot take.
    static func tooLarge(_ topic: String, _ size: Int, _ limit: Int) -> String {
        "it takes \(size) bytes in the log, topic \(topic) takes \(limit) (max.message.bytes)"
    }
}
