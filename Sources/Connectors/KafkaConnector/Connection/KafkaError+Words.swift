import Kafka

extension KafkaErrorCode {
    /// Whether it is a broker's word, not a failure to reach one: the client's own codes are below 0, and those on a topic
    /// come of an answer too.
    var isAnswer: Bool { rawValue > 0 || [.unknownTopic, .unknownPartition].contains(self) }
}

extension KafkaError {
    /// What is wrong when `brokers` were asked: nobody was there, or what one has answered.
    func words(_ brokers: String) -> String {
        code.isAnswer ? "\(brokers) answers: \(message)" : "no broker answers at \(brokers): \(message)"
    }
}
