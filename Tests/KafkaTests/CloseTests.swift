import Kafka
import Testing

/// Closing ends, whatever the broker does and whatever is still held; a failure of these is a test that hangs.
@Suite struct CloseTests {
    private let broker: EmbeddedBroker

    init() throws {
        broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 1)
        let producer = try TestProducer(broker.bootstrap, "in")
        for index in 0..<10 { producer.send("\(index)", to: 0) }
        #expect(producer.finish().count == 10)
    }

    @Test func closingTwiceIsClosingOnce() throws {
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        _ = try reader.read(10)
        #expect(reader.close() == .closed)
        #expect(reader.close() == .closed)
        #expect(reader.queues[0].read(into: reader.batch, max: 10) == 0)
        if let event = reader.consumer.poll(timeout: .zero) { Issue.record("\(event) after closing") }
        let failure = #expect(throws: KafkaError.self) { try reader.consumer.assign([]) }
        #expect(failure?.code == .destroyed)
        #expect(throws: KafkaError.self) { try reader.queues[0].seek(to: 0, timeout: .seconds(1)) }
        #expect(throws: KafkaError.self) { try reader.consumer.partitionQueue("in", 0) }
    }

    @Test func withTheBrokerGone() throws {
        let consumer = try KafkaConsumer(TestReader.configuration(broker.bootstrap, [("group.id", "members")]))
        try consumer.subscribe(["in"])
        let assigned = try waitFor("the assignment") { () -> [TopicPartition]? in
            guard case .assign(let given)? = consumer.poll(timeout: .milliseconds(20)) else { return nil }
            return given
        }
        let queue = try consumer.partitionQueue("in", 0)
        try consumer.assign(assigned.map { TopicPartition($0.topic, $0.partition, offset: 0) })
        let batch = MessageBatch(capacity: 10)
        try wait(until: "a record") { queue.read(into: batch, max: 10) > 0 }
        batch.removeAll()
        try broker.setDown()
        queue.close()
        // Either is right: it cannot say goodbye, but it must not wait for ever for that.
        _ = consumer.close(timeout: .seconds(3))
    }

    @Test func withAMessageStillHeld() throws {
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        let held = MessageBatch(capacity: 1)
        try wait(until: "a record") { reader.queues[0].read(into: held, max: 1) > 0 }
        reader.queues[0].close()
        #expect(reader.consumer.close(timeout: .seconds(1)) == .timedOut)
        // Given back, the rest happens by itself.
        held.removeAll()
        #expect(reader.consumer.close(timeout: .seconds(20)) == .closed)
    }

    @Test func withAQueueStillOpen() throws {
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        _ = try reader.read(10)
        #expect(reader.consumer.close(timeout: .seconds(20)) == .closed)
        #expect(reader.queues[0].read(into: reader.batch, max: 10) == 0)
        reader.queues[0].close()
    }

    @Test func withoutEverConnecting() throws {
        let consumer = try KafkaConsumer(TestReader.configuration("127.0.0.1:1"))
        try consumer.subscribe(["in"])
        #expect(consumer.close(timeout: .seconds(20)) == .closed)
        let producer = try KafkaProducer(["bootstrap.servers": "127.0.0.1:1"])
        #expect(producer.destroy(within: .seconds(20)))
    }

    @Test func lettingGoWithoutClosingDoesNotBlock() throws {
        // A member in the middle of its work is simply dropped; its threads end by themselves.
        let consumer = try KafkaConsumer(TestReader.configuration(broker.bootstrap))
        try consumer.assign([TopicPartition("in", 0, offset: 0)])
    }
}
