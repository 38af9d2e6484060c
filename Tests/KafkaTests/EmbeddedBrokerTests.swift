import Kafka
import Testing

/// The way of a record, once through everything, on the embedded broker.
@Suite struct EmbeddedBrokerTests {
    @Test func recordsGoInAndComeOut() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("orders", partitions: 3)

        let producer = try TestProducer(broker.bootstrap, "orders")
        for index in 0..<300 { producer.send("value \(index)", key: "key \(index)", to: Int32(index % 3)) }
        #expect(producer.finish().allSatisfy { $0.error == .none })

        let reader = try TestReader(broker.bootstrap, "orders", partitions: 3)
        defer { reader.close() }
        let records = try reader.read(300)
        for (partition, found) in records.enumerated() {
            #expect(found.map(\.offset) == Array(0..<100))
            #expect(found.map(\.value) == (0..<100).map { "value \($0 * 3 + partition)" })
            #expect(found.map(\.key) == (0..<100).map { "key \($0 * 3 + partition)" })
        }
        #expect(reader.strays == 0)
    }

    @Test func droppedRecordsShowInTheLowWatermark() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("in", partitions: 1)
        #expect(try broker.watermarks("in", 0, timeout: .seconds(10)) == Watermarks(low: 0, high: 0))
        let producer = try TestProducer(broker.bootstrap, "in")
        let large = String(repeating: "x", count: 500_000)
        for _ in 0..<20 { producer.send(large, to: 0) }
        #expect(producer.finish().allSatisfy { $0.error == .none })
        let marks = try broker.watermarks("in", 0, timeout: .seconds(10))
        #expect(marks.high == 20)
        #expect(marks.low >= 8, "at most 5 MiB are kept")
    }

    @Test func whatAClientNeverHearsIsDoneAllTheSame() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("in", partitions: 1)
        let producer = try TestProducer(broker.bootstrap, "in", [("message.timeout.ms", "300")])
        producer.send("warm", to: 0)
        #expect(producer.finish().map(\.error) == [.none])
        try broker.delayNext(.produce, by: .seconds(5))
        producer.send("x", to: 0)
        #expect(producer.finish().map(\.error) == [.none, .messageTimedOut])
        #expect(producer.reports[1].mayHaveLanded)
        #expect(try broker.watermarks("in", 0, timeout: .seconds(20)).high == 2)
    }

    @Test func failuresComeInTheirOrderAndCanBeForgotten() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("in", partitions: 1)
        let producer = try TestProducer(broker.bootstrap, "in")
        broker.failNext(.produce, with: [.none, .invalidRecord, .messageTooLarge])
        for index in 0..<3 {
            producer.send("\(index)", to: 0)
            _ = producer.finish()
        }
        #expect(producer.reports.map(\.error) == [.none, .invalidRecord, .messageTooLarge])
        broker.failNext(.produce, with: [.invalidRecord])
        broker.clearFailures(.produce)
        producer.send("3", to: 0)
        #expect(producer.finish().last?.error == KafkaErrorCode.none)
    }

    @Test func aBrokerComesBackWithItsRecords() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("in", partitions: 1)
        let producer = try TestProducer(broker.bootstrap, "in")
        producer.send("before", to: 0)
        #expect(producer.finish().count == 1)
        try broker.setDown()
        producer.send("after", to: 0)
        try broker.setUp()
        #expect(producer.finish().allSatisfy { $0.error == .none })
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        defer { reader.close() }
        #expect(try reader.read(2)[0].map(\.value) == ["before", "after"])
    }
}
