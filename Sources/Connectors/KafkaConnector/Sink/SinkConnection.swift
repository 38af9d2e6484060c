import Kafka

/// A producer and its topic, made off the lane for one lane.
final class SinkConnection: Sendable {
    /// Which of a sink's connections.
    let serial: Int
    let kind: SinkOutlet.Kind
    let producer: KafkaProducer
    let topic: ProducerTopic
    /// The topic's limit that its requests were cut by.
    let limit: Int

    init(serial: Int, kind: SinkOutlet.Kind, _ producer: KafkaProducer, _ topic: ProducerTopic, limit: Int) {
        self.serial = serial
        self.kind = kind
        self.producer = producer
        self.topic = topic
        self.limit = limit
    }
}
