import Kafka
import Testing

/// Everything a record can carry goes in and comes out unchanged.
@Suite struct RecordTests {
    private let broker: EmbeddedBroker
    private let producer: TestProducer

    init() throws {
        broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 1)
        producer = try TestProducer(broker.bootstrap, "in")
    }

    private func readBack(_ count: Int) throws -> [TestRecord] {
        #expect(producer.finish().allSatisfy { $0.error == .none })
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        defer { reader.close() }
        return try reader.read(count, headers: true)[0]
    }

    @Test func noPayloadIsNotAnEmptyOne() throws {
        producer.send(nil, key: "tombstone", to: 0)
        producer.send("", key: "empty", to: 0)
        producer.send("x", key: nil, to: 0)
        producer.send("y", key: "", to: 0)
        let found = try readBack(4)
        #expect(found.map(\.value) == [nil, "", "x", "y"])
        #expect(found.map(\.key) == ["tombstone", "empty", nil, ""])
    }

    @Test func headersKeepOrderDuplicatesAndNulls() throws {
        producer.send(
            "a", to: 0, headers: [("k", "1"), ("other", ""), ("k", "2"), ("gone", nil), ("k", "1"), ("ü", "é")])
        producer.send("b", to: 0)
        let found = try readBack(2)
        #expect(found[0].headers == ["k=1", "other=", "k=2", "gone=<null>", "k=1", "ü=é"])
        #expect(found[1].headers == [])
    }

    /// Whether there are headers is told by a byte behind the payload, so payloads of many lengths, which end at all
    /// places of a page, and batches that were decompressed to memory of their own.
    @Test(arguments: ["none", "gzip", "lz4", "snappy", "zstd"]) func headersAreKnownBehindAnyPayload(_ codec: String)
        throws
    {
        let packing = try TestProducer(broker.bootstrap, "in", [("compression.codec", codec)])
        let lengths = (0..<600).map { $0 % 5 == 4 ? nil : $0 % 7 * 1_000 + $0 }
        for (index, length) in lengths.enumerated() {
            packing.send(
                length.map { String(repeating: "\u{0}", count: $0) }, key: index % 4 == 0 ? nil : "key", to: 0,
                headers: index % 3 == 0 ? [("h", index % 2 == 0 ? nil : "1")] : [])
        }
        #expect(packing.finish().allSatisfy { $0.error == .none })
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        defer { reader.close() }
        let found = try reader.read(lengths.count, headers: true)[0]
        try #require(found.count == lengths.count)
        for (index, record) in found.enumerated() {
            #expect(record.hasHeaders == (index % 3 == 0), "record \(index)")
            #expect(record.headers == (index % 3 == 0 ? [index % 2 == 0 ? "h=<null>" : "h=1"] : []), "record \(index)")
            #expect(record.value?.utf8.count == lengths[index], "record \(index)")
        }
    }

    @Test func theTimestampIsTheOneGiven() throws {
        producer.send("a", to: 0, timestamp: 1_600_000_000_123)
        producer.send("b", to: 0)
        let found = try readBack(2)
        #expect(found[0].timestamp == 1_600_000_000_123)
        #expect(found[1].timestamp > 1_700_000_000_000)
    }

    @Test func aTailMovesWithItsBytes() throws {
        for index in 0..<10 { producer.send("value \(index)", to: 0) }
        #expect(producer.finish().count == 10)
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        defer { reader.close() }
        let first = MessageBatch(capacity: 7)
        let second = MessageBatch(capacity: 12)
        try wait(until: "a full batch") {
            _ = reader.queues[0].read(into: first, max: 10)
            return first.room == 0
        }
        #expect(first.count == 7)
        #expect(reader.queues[0].read(into: first, max: 5) == 0)
        first.moveTail(from: 4, to: second)
        #expect(first.count == 4)
        #expect(second.count == 3)
        first.removeAll()
        try wait(until: "the rest") {
            _ = reader.queues[0].read(into: second, max: 10)
            return second.count == 6
        }
        for index in 0..<6 {
            let message = second[index]
            #expect(message.offset == Int64(index + 4))
            if let payload = message.payload { #expect(text(payload) == "value \(index + 4)") }
        }
        second.truncate(to: 1)
        #expect(second.count == 1)
        #expect(second[0].offset == 4)
        second.removeAll()
    }
}
