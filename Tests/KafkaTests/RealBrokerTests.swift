import Kafka
import TestBroker
import Testing

/// What only a real broker shows.
@Suite(.realBroker) struct RealBrokerTests {
    @Test func settingsOfATopicAreRead() throws {
        let topic = try RealBroker.createTopic(
            "settings", settings: ["max.message.bytes": "20000", "retention.ms": "777000", "cleanup.policy": "compact"])
        let client = try KafkaConsumer(TestReader.configuration(RealBroker.bootstrap())).client
        let settings = try client.topicSettings(topic, timeout: .seconds(10))
        #expect(settings.maxMessageBytes == 20000)
        #expect(settings.retentionMilliseconds == 777_000)
        #expect(settings.cleanupPolicy == "compact")
        let missing = #expect(throws: KafkaError.self) {
            try client.topicSettings("no-such-topic", timeout: .seconds(10))
        }
        #expect(missing?.code == .unknownTopicOrPartition)
    }
}
