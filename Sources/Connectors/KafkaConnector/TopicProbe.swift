import Kafka
import Millrace

/// Looks for a topic before the start: whether a broker answers, and whether the topic is there and may be used.
struct TopicProbe {
    /// `host:port`, comma separated.
    let brokers: String
    /// How to connect.
    let configuration: KafkaConfiguration
    /// The topics wanted.
    let topics: [String]

    /// What was found. Blocks, at most for about `timeout` milliseconds.
    func run(timeout: Int64) -> Readiness {
        do throws(KafkaError) {
            // A consumer's client, as a producer's may make brokers create the topic; its group is never joined.
            let client = try KafkaConsumer(configuration)
            defer { _ = client.close(timeout: .milliseconds(500)) }
            let metadata = try client.client.metadata(topics: topics, timeout: .milliseconds(timeout))
            for topic in metadata.topics where topic.error != .none { return refusal(topic, client.client, timeout) }
            let partitions = metadata.topics.map { "\($0.name): \($0.partitions.count) partitions" }
            return .ready(partitions.joined(separator: ", "))
        } catch {
            return TopicProbe.readiness(of: error, brokers: brokers)
        }
    }

    private func refusal(_ topic: KafkaMetadata.Topic, _ client: KafkaClient, _ timeout: Int64) -> Readiness {
        switch topic.error {
        case .unknownTopicOrPartition, .unknownTopic:
            return .refused(
                MillraceError(
                    .config, "topic \"\(topic.name)\" does not exist on \(brokers)",
                    remedy: "correct the name, or create the topic (Millrace does not create topics)"))
        case .topicAuthorization:
            return .refused(
                MillraceError(
                    .notPermitted, "topic \"\(topic.name)\" may not be used on \(brokers)",
                    remedy: "allow DESCRIBE and READ or WRITE on topic \(topic.name)"))
        default:
            return .unreachable("topic \(topic.name) on \(brokers): \(topic.error.text)")
        }
    }

    /// What an error of a client says about its brokers.
    static func readiness(of error: KafkaError, brokers: String) -> Readiness {
        switch error.code {
        case .authentication:
            return .refused(
                MillraceError(
                    .notPermitted, "\(brokers) does not accept the credentials: \(error.message)",
                    remedy: "check sasl.username and sasl.password"))
        case .tls:
            return .refused(
                MillraceError(
                    .notPermitted, "no TLS connection with \(brokers): \(error.message)",
                    remedy: "check tls.ca, and that the port is one for TLS"))
        case .invalidArgument:
            return .refused(MillraceError(.config, error.message))
        default:
            return .unreachable("no broker answers at \(brokers): \(error.message)")
        }
    }
}
