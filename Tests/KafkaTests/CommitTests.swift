import Kafka
import TestBroker
import Testing

/// Offsets and what is written beside them, on both kinds of brokers.
@Suite struct CommitTests {
    private static func roundTrip(_ bootstrap: String, _ topic: String, group: String) throws {
        let configuration = TestReader.configuration(bootstrap, [("group.id", group)])
        let consumer = try KafkaConsumer(configuration)
        defer { #expect(consumer.close(timeout: .seconds(10)) == .closed) }
        let both = [TopicPartition(topic, 0), TopicPartition(topic, 1)]
        let before = try consumer.committed(both, timeout: .seconds(20))
        #expect(before.map(\.realOffset) == [nil, nil])

        let cursors = String(repeating: "cursor;", count: 571) + "end"
        #expect(cursors.utf8.count == 4000)
        try consumer.commitAndWait(
            [TopicPartition(topic, 0, offset: 17, metadata: cursors), TopicPartition(topic, 1, offset: 4)],
            timeout: .seconds(20))
        let after = try consumer.committed(both, timeout: .seconds(20))
        #expect(after.map(\.realOffset) == [17, 4])
        #expect(after.map(\.metadata) == [cursors, ""])
        #expect(after.allSatisfy { $0.error == .none })

        try consumer.commit([TopicPartition(topic, 1, offset: 9, metadata: "later")], tag: 4711)
        let result = try waitFor("the result") { () -> CommitResult? in
            guard case .commit(let result)? = consumer.poll(timeout: .milliseconds(20)) else { return nil }
            return result
        }
        #expect(result.tag == 4711)
        #expect(result.failure == nil)
        #expect(result.partitions.map(\.offset) == [9])
        #expect(try consumer.committed(both, timeout: .seconds(20)).map(\.metadata) == [cursors, "later"])
    }

    @Test func metadataComesBackFromTheEmbeddedBroker() throws {
        let broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 2)
        try CommitTests.roundTrip(broker.bootstrap, "in", group: "g")
    }

    @Test(.realBroker) func metadataComesBackFromARealBroker() throws {
        let topic = try RealBroker.createTopic("commit", partitions: 2)
        try CommitTests.roundTrip(RealBroker.bootstrap(), topic, group: RealBroker.group("commit"))
    }

    @Test(.realBroker) func metadataThatIsTooLongIsRefused() throws {
        let topic = try RealBroker.createTopic("commit")
        let group = RealBroker.group("commit")
        let consumer = try KafkaConsumer(
            TestReader.configuration(RealBroker.bootstrap(), [("group.id", group)]))
        let long = TopicPartition(topic, 0, offset: 1, metadata: String(repeating: "x", count: 5000))
        let failure = #expect(throws: KafkaError.self) {
            try consumer.commitAndWait([long], timeout: .seconds(20))
        }
        #expect(failure?.name == "OFFSET_METADATA_TOO_LARGE")
        #expect(consumer.close(timeout: .seconds(10)) == .closed)
    }

    @Test func aCommitToNobodyEndsAtItsDeadline() throws {
        let broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 1)
        let consumer = try KafkaConsumer(TestReader.configuration(broker.bootstrap))
        try broker.setDown()
        let failure = #expect(throws: KafkaError.self) {
            try consumer.commitAndWait([TopicPartition("in", 0, offset: 3)], timeout: .milliseconds(300))
        }
        #expect(failure?.isRetriable == true, "\(String(describing: failure))")
        _ = consumer.close(timeout: .seconds(1))
    }

    @Test func aCommitCanBeRefused() throws {
        let broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 1)
        let consumer = try KafkaConsumer(TestReader.configuration(broker.bootstrap))
        broker.failNext(.offsetCommit, with: [.illegalGeneration])
        let failure = #expect(throws: KafkaError.self) {
            try consumer.commitAndWait([TopicPartition("in", 0, offset: 3)], timeout: .seconds(20))
        }
        #expect(failure?.code == .illegalGeneration)
        #expect(consumer.close(timeout: .seconds(10)) == .closed)
    }
}
