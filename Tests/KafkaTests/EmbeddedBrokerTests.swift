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
}
