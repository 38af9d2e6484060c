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

    @Test func aTimeIsLookedUp() throws {
        let topic = try RealBroker.createTopic("times")
        let producer = try TestProducer(RealBroker.bootstrap(), topic)
        let start: Int64 = 1_700_000_000_000
        for index in 0..<5 { producer.send("\(index)", to: 0, timestamp: start + Int64(index) * 1000) }
        #expect(producer.finish().allSatisfy { $0.error == .none })
        let client = try KafkaConsumer(TestReader.configuration(RealBroker.bootstrap())).client
        let asked = [start, start + 2500, start + 9000].map { TopicPartition(topic, 0, offset: $0) }
        // A partition stands once in a question.
        let found = try asked.map { try client.offsets(forTimes: [$0], timeout: .seconds(10))[0].offset }
        #expect(found == [0, 3, KafkaOffset.end])
    }

    @Test func deletedRecordsRaiseTheLowWatermark() throws {
        let topic = try RealBroker.createTopic("deleted")
        let producer = try TestProducer(RealBroker.bootstrap(), topic)
        for index in 0..<20 { producer.send("\(index)", to: 0) }
        #expect(producer.finish().count == 20)
        let client = try RealBroker.client.get()
        try KafkaAdmin(client).deleteRecords(before: [TopicPartition(topic, 0, offset: 12)])
        #expect(try client.queryWatermarks(topic, 0, timeout: .seconds(10)) == Watermarks(low: 12, high: 20))

        let reader = try TestReader(RealBroker.bootstrap(), topic, partitions: 1, from: 3)
        defer { reader.close() }
        let batch = reader.batch
        try wait(until: "the error") { reader.queues[0].read(into: batch, max: 1) > 0 }
        #expect(batch[0].error == .autoOffsetReset)
    }

    @Test func topicsGrowAndGo() throws {
        let topic = try RealBroker.createTopic("grow")
        let client = try RealBroker.client.get()
        let admin = KafkaAdmin(client)
        try admin.setPartitions(3, of: topic)
        try wait(until: "three partitions") {
            try client.metadata(topics: [topic], timeout: .seconds(10)).topics[0].partitions.count == 3
        }
        try admin.setSettings(["retention.ms": "123000"], of: topic)
        try wait(until: "the setting") {
            try client.topicSettings(topic, timeout: .seconds(10)).retentionMilliseconds == 123_000
        }
        let twice = #expect(throws: KafkaError.self) { try admin.createTopic(topic, partitions: 1) }
        #expect(twice?.code == .topicExists)
        try admin.deleteTopic(topic)
        try wait(until: "no such topic") {
            try client.metadata(topics: [topic], timeout: .seconds(10)).topics[0].error == .unknownTopicOrPartition
        }
    }

    @Test func theClusterSaysWhatItIs() throws {
        let client = try RealBroker.client.get()
        #expect(client.clusterID(timeout: .seconds(10))?.isEmpty == false)
        let topic = try RealBroker.createTopic("seen", partitions: 2)
        let answer = try client.metadata(topics: [topic, "no-such-topic"], timeout: .seconds(10))
        #expect(answer.topics.map(\.name) == [topic, "no-such-topic"])
        #expect(answer.topics.map(\.error) == [.none, .unknownTopicOrPartition])
        #expect(answer.topics[0].partitions.map(\.id) == [0, 1])
        #expect(answer.brokers.count >= 1)
        #expect(try client.metadata(timeout: .seconds(10)).topics.contains { $0.name == topic })
        #expect(try client.metadata(topics: [], timeout: .seconds(10)).topics.isEmpty)
    }
}
