import Kafka
import Testing

/// Records come by detached queues alone, and where they do not, they are not lost without a word.
@Suite struct DetachedQueueTests {
    private let broker: EmbeddedBroker

    init() throws {
        broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 2)
        let producer = try TestProducer(broker.bootstrap, "in")
        for index in 0..<2000 { producer.send("\(index)", to: Int32(index % 2)) }
        #expect(producer.finish().allSatisfy { $0.error == .none })
    }

    @Test func detachedBeforeAssignNothingLeaks() throws {
        let reader = try TestReader(broker.bootstrap, "in", partitions: 2)
        defer { reader.close() }
        let records = try reader.read(2000)
        #expect(records.map { $0.map(\.offset) } == [Array(0..<1000), Array(0..<1000)])
        #expect(reader.strays == 0)
    }

    @Test func withoutADetachedQueueRecordsComeAsStrays() throws {
        let consumer = try KafkaConsumer(TestReader.configuration(broker.bootstrap))
        try consumer.assign([TopicPartition("in", 1, offset: 0)])
        var strays: [TopicPartition] = []
        try wait(until: "1000 strays") {
            while case .strayRecords(let found)? = consumer.poll(timeout: .milliseconds(10)) { strays += found }
            return strays.count >= 1000
        }
        #expect(strays.map(\.offset) == Array(0..<1000))
        #expect(Set(strays.map(\.topic)) == ["in"])
        #expect(Set(strays.map(\.partition)) == [1])
        #expect(consumer.close(timeout: .seconds(10)) == .closed)
    }

    @Test func detachedTooLateRecordsLeak() throws {
        let consumer = try KafkaConsumer(TestReader.configuration(broker.bootstrap))
        try consumer.assign([TopicPartition("in", 0, offset: 0)])
        var strays = 0
        try wait(until: "the first stray") {
            if case .strayRecords(let found)? = consumer.poll(timeout: .milliseconds(10)) { strays += found.count }
            return strays > 0
        }
        let queue = try consumer.partitionQueue("in", 0)
        let batch = MessageBatch(capacity: 1000)
        _ = queue.read(into: batch, max: 1000)
        // What was on the main queue stays there: the record at 0 is never read from the queue.
        if batch.count > 0 { #expect(batch[0].offset > 0) }
        // The owner's answer: seek back to the first stray.
        try queue.seek(to: 0, timeout: .seconds(10))
        batch.removeAll()
        try wait(until: "all records") {
            _ = queue.read(into: batch, max: 1000)
            return batch.count == 1000
        }
        #expect((0..<1000).allSatisfy { batch[$0].offset == Int64($0) })
        batch.removeAll()
        queue.close()
        #expect(consumer.close(timeout: .seconds(10)) == .closed)
    }
}
