import Millrace
import Testing

/// What transforms and sinks of one's own lean on.
@Suite struct OwnKindsTests {
    private final class Owner: BatchOwner {
        func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {}
    }

    /// A delivery of three records with the payloads `abc`, nothing and `d`.
    private func delivery() -> Delivery {
        let memory = BatchMemory()
        var builder = BatchBuilder(into: memory.source, arena: memory.arena)
        for (index, text) in ["abc", "", "d"].enumerated() {
            let record = Record(
                offset: Int64(index), timestamp: 0, payload: nil, key: nil, origin: index, hasHeaders: false)
            builder.replace(record, capacity: 3) { $0.append(Array(text.utf8)) }
        }
        _ = builder.finish()
        let shard = ShardID(topic: "in", partition: 0)
        let batch = Batch(shard: shard, epoch: 1, owner: Owner(), memory: memory)
        return Delivery(
            shard: shard, slot: 0, epoch: 1, number: 1, heard: 0, batch: batch, table: memory.source, first: 0, count: 3
        )
    }

    @Test func bytesAreReadAndAppendedInOrder() {
        let delivery = delivery()
        #expect((0..<3).map { delivery.payload(0).byte(at: $0) } == Array("abc".utf8))
        let memory = BatchMemory()
        var builder = BatchBuilder(into: memory.source, arena: memory.arena)
        builder.replace(delivery[0], capacity: 5) { output in
            output.append(UInt8(ascii: "<"))
            output.append(delivery.payload(0).extracting(1..<3))
            output.append(delivery.payload(1))
            output.append(Array("!>".utf8))
        }
        _ = builder.finish()
        #expect(memory.source[0].copyPayload() == Array("<bc!>".utf8))
    }

    @Test func aFailedDeliveryNamesEveryRecord() {
        let outage = delivery().failed(Failure(.transient, "away"))
        #expect(outage.map(\.index) == [0, 1, 2])
        #expect(outage.allSatisfy { $0.failure == Failure(.transient, "away") })
        let one = delivery().failed(at: 1, Failure(.poison, "bad"))
        #expect(one.map(\.index) == [0, 1, 2])
        #expect(one.map(\.failure.kind) == [.untried, .poison, .untried])
    }
}
