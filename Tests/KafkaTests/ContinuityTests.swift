import Kafka
import Testing

/// Holding back by not reading, and seeking between reads, loses nothing and gives nothing twice.
@Suite struct ContinuityTests {
    private let broker: EmbeddedBroker
    private let total = 20000

    init() throws {
        broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 1)
        let producer = try TestProducer(broker.bootstrap, "in", [("batch.num.messages", "500")])
        for index in 0..<total { producer.send("value \(index)", to: 0) }
        #expect(producer.finish().count == total)
    }

    /// Small reads of changing size from a small prefetch: the queue fills and drains again and again.
    @Test func readingInBitsIsContinuous() throws {
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1, [("queued.max.messages.kbytes", "128")])
        defer { reader.close() }
        var random = SplitMix64(seed: 7)
        let batch = reader.batch
        var next: Int64 = 0
        try wait(until: "the end") {
            batch.removeAll()
            _ = reader.queues[0].read(into: batch, max: Int(random.next() % 90) + 1)
            for index in 0..<batch.count {
                let message = batch[index]
                #expect(message.error == .none)
                guard message.offset == next else {
                    Issue.record("offset \(message.offset) where \(next) should be")
                    return true
                }
                next += 1
            }
            return next == total
        }
        batch.removeAll()
    }

    @Test func seekingGoesOnExactlyThere() throws {
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        defer { reader.close() }
        var random = SplitMix64(seed: 11)
        let queue = reader.queues[0]
        let batch = reader.batch
        for round in 0..<30 {
            let target = Int64(random.next() % UInt64(total - 200))
            // The first round sought before anything was fetched, later ones in the middle of things.
            if round > 0 { try queue.seek(to: target, timeout: .seconds(10)) }
            var next = round > 0 ? target : 0
            let end = next + 150
            while next < end {
                batch.removeAll()
                try wait(until: "records behind \(next) (round \(round))") { queue.read(into: batch, max: 40) > 0 }
                for index in 0..<batch.count {
                    let message = batch[index]
                    #expect(message.error == .none && message.offset == next, "round \(round), target \(target)")
                    next += 1
                }
            }
        }
        batch.removeAll()
    }

    @Test func aMissingOffsetIsAnErrorOfItsPartition() throws {
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1, from: 50000)
        defer { reader.close() }
        let batch = reader.batch
        let code = try waitFor("the error") { () -> KafkaErrorCode? in
            batch.removeAll()
            while let event = reader.consumer.poll(timeout: .zero) {
                if case .error(let error, let place) = event, error.code == .autoOffsetReset {
                    Issue.record("came by the main queue, \(String(describing: place))")
                }
            }
            guard reader.queues[0].read(into: batch, max: 10) > 0 else { return nil }
            return batch[0].error
        }
        #expect(code == .autoOffsetReset)
        #expect(!batch[0].errorText.isEmpty)
        batch.removeAll()
    }
}

/// A small generator with a seed, for tests that have to be the same every time.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
