import Kafka
import Testing

/// Where a log begins and ends.
@Suite struct WatermarkTests {
    private let broker: EmbeddedBroker
    private let reader: TestReader

    init() throws {
        broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 1)
        let producer = try TestProducer(broker.bootstrap, "in")
        for _ in 0..<7 { producer.send("x", to: 0) }
        #expect(producer.finish().count == 7)
        reader = try TestReader(broker.bootstrap, "in", partitions: 1)
    }

    @Test func theLeaderIsAsked() throws {
        #expect(
            try reader.consumer.client.queryWatermarks("in", 0, timeout: .seconds(20)) == Watermarks(low: 0, high: 7))
        reader.close()
    }

    @Test func afterReadingTheCacheKnowsTheEnd() throws {
        let client = reader.consumer.client
        #expect(client.cachedWatermarks("in", 0) == nil)
        #expect(client.cachedWatermarks("never", 0) == nil)
        _ = try reader.read(7)
        #expect(client.cachedWatermarks("in", 0)?.high == 7)
        #expect(try reader.consumer.position([TopicPartition("in", 0)]).map(\.offset) == [7])
        reader.close()
    }

    @Test func aQuestionEndsAtItsDeadline() throws {
        let client = reader.consumer.client
        _ = try client.queryWatermarks("in", 0, timeout: .seconds(20))
        // Longer than the test may take: librdkafka's own query would wait for this answer.
        try broker.setRoundTrip(.seconds(300))
        let failure = #expect(throws: KafkaError.self) {
            try client.queryWatermarks("in", 0, timeout: .milliseconds(100))
        }
        #expect(failure?.isRetriable == true)
        try broker.setDown()
        #expect(throws: KafkaError.self) { try client.queryWatermarks("in", 0, timeout: .milliseconds(100)) }
        #expect(reader.close() == .closed)
    }

    @Test func whatIsMissingSaysSo() throws {
        #expect(throws: KafkaError.self) {
            try reader.consumer.client.queryWatermarks("in", 12, timeout: .seconds(5))
        }
        reader.close()
    }
}
