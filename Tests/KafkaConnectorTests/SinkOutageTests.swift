import Kafka
import Millrace
import MillraceEngine
import Platform
import Testing

@testable import KafkaConnector

/// A broker that goes away and comes back, with the real machine and lanes around the sink.
@Suite struct SinkOutageTests {
    @Test func nothingFailsAndEverythingLandsOnceInOrder() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("out", partitions: 4)
        try broker.createTopic("dlq", partitions: 1)
        let rig = try SinkRig(broker.bootstrap, shards: 3, topic: "out", letters: "dlq", lanes: 2)
        var fed = 0
        func feed(_ count: Int) {
            for shard in 0..<3 {
                // Those of one shard are copied to the producer, those of the others stay where they are.
                let padding = shard == 0 ? "" : ":" + String(repeating: "x", count: 500)
                rig.source.feed(
                    shard,
                    (fed..<(fed + count)).map { SinkInput(value: "\(shard):\($0)" + padding, key: "k\($0 % 16)") })
            }
            fed += count
        }
        feed(300)
        try rig.source.waitForEnd()
        for round in 1...2 {
            feed(200)
            try broker.setDown()
            feed(300)
            let before = rig.ears.notes.count
            var poller = Poller([])
            // Until it has been noticed: three seconds at most, which is long enough to have records on the wire.
            for _ in 0..<300 where rig.ears.notes.count < before + round { try poller.wait(timeout: 10_000_000) }
            try broker.setUp()
            try rig.source.waitForEnd()
        }
        let snapshot = rig.finish()
        #expect(snapshot?.isBalanced == true)
        #expect(snapshot?.books[0].delivered == 3 * fed)
        #expect(rig.ears.faults.isEmpty)
        let failed = rig.ears.events.filter {
            if case .answered(_, _, _, let failed, _, _, _) = $0 { failed > 0 } else { false }
        }
        #expect(failed.isEmpty)
        let found = try SinkTopicReader.all(broker.bootstrap, "out", partitions: 4)
        for (partition, records) in found.enumerated() {
            for shard in 0..<3 {
                let numbers = records.compactMap { record -> Int? in
                    let parts = (record.value ?? "").split(separator: ":").map { Int($0) ?? -1 }
                    return parts[0] == shard ? parts[1] : nil
                }
                let wanted = (0..<fed).filter { partitionOf("k\($0 % 16)") == partition }
                #expect(numbers == wanted, "shard \(shard) in partition \(partition)")
            }
        }
    }

    private func partitionOf(_ key: String) -> Int {
        Int(unsafe Array(key.utf8).withUnsafeBytes { unsafe Murmur2.partition($0, of: 4) })
    }
}
