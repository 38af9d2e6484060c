import Kafka
import Millrace
import MillraceEngine
import TestBroker
import Testing

/// A broker that refuses records, with the real machine and lanes around the sink.
@Suite(.realBroker) struct SinkRefusalTests {
    /// What a record of a test says of itself: `shard:number`, padded to a size.
    private static func value(_ shard: Int, _ number: Int, padding: Int = 0) -> String {
        "\(shard):\(number)" + (padding > 0 ? ":" + String(repeating: "x", count: padding) : "")
    }

    /// The shard and number in a value.
    private static func name(_ value: String) -> (shard: Int, number: Int) {
        let parts = value.split(separator: ":")
        return (Int(parts[0]) ?? -1, Int(parts[1]) ?? -1)
    }

    /// Compares what lies in the topics with what was fed: `bad` alone is in the dead letter topic, all others are in the
    /// output once, each partition holds those of a shard in order, and those behind a bad record were sent after its letter
    /// was.
    private func check(
        _ bootstrap: String, _ topic: String, _ letterTopic: String, partitions: Int32, fed: [Int],
        bad: Set<[Int]>, choose: (Int, Int) -> Int
    ) throws {
        let found = try SinkTopicReader.all(bootstrap, topic, partitions: partitions)
        let letters = try SinkTopicReader.all(bootstrap, letterTopic, partitions: 1)[0]
        var written: [[Int]: Int64] = [:]
        for letter in letters {
            let (shard, number) = SinkRefusalTests.name(letter.value ?? "")
            #expect(written.updateValue(letter.timestamp, forKey: [shard, number]) == nil, "two letters of one record")
            #expect(letter.headers.contains("millrace.origin-offset=\(number)"))
            #expect(letter.headers.contains("millrace.origin-partition=\(shard)"))
            #expect(letter.headers.contains("millrace.stage=sink:out"))
        }
        #expect(Set(written.keys) == bad)
        for (partition, records) in found.enumerated() {
            var seen = fed.map { _ in [Int]() }
            for record in records {
                let (shard, number) = SinkRefusalTests.name(record.value ?? "")
                seen[shard].append(number)
                for (key, time) in written where key[0] == shard && key[1] < number {
                    guard choose(shard, key[1]) == partition, number < key[1] + 1_000 else { continue }
                    #expect(record.timestamp >= time, "\(shard):\(number) was sent before the letter of \(key[1])")
                }
            }
            for shard in fed.indices {
                let wanted = (0..<fed[shard]).filter {
                    choose(shard, $0) == partition && !bad.contains([shard, $0])
                }
                #expect(seen[shard] == wanted, "shard \(shard) in partition \(partition)")
            }
        }
    }

    @Test(arguments: [1, 4]) func oneRecordTooLargeForATopicWhoseLimitWasLowered(partitions: Int32) throws {
        let bootstrap = try RealBroker.bootstrap()
        let topic = try RealBroker.createTopic("out", partitions: partitions)
        let letterTopic = try RealBroker.createTopic("dlq")
        let rig = try SinkRig(bootstrap, shards: 3, topic: topic, letters: letterTopic)
        func feed(_ numbers: Range<Int>, bad: Int? = nil) {
            for shard in 0..<3 {
                rig.source.feed(
                    shard,
                    numbers.map {
                        let padding = shard == 1 && $0 == bad ? 5_000 : 0
                        return SinkInput(
                            value: SinkRefusalTests.value(shard, $0, padding: padding), key: "k\($0 % 16)")
                    })
            }
        }
        feed(0..<100)
        try rig.source.waitForEnd()
        try KafkaAdmin(RealBroker.client.get()).setSettings(["max.message.bytes": "2000"], of: topic)
        feed(100..<600, bad: 150)
        try rig.source.waitForEnd()
        let snapshot = rig.finish()
        #expect(snapshot?.isBalanced == true)
        #expect(rig.ears.faults.isEmpty)
        #expect(rig.ears.notes.contains { $0.hasPrefix("sink-producer") }, "nothing was refused")
        try check(
            bootstrap, topic, letterTopic, partitions: partitions, fed: [600, 600, 600], bad: [[1, 150]]
        ) { _, number in
            Int(unsafe Array("k\(number % 16)".utf8).withUnsafeBytes { unsafe Murmur2.partition($0, of: partitions) })
        }
        let letter = try SinkTopicReader.all(bootstrap, letterTopic, partitions: 1)[0][0]
        #expect(letter.headers.contains("millrace.reason=poison"))
    }

    @Test(arguments: [1, 4]) func oneRecordWithoutAKeyForACompactedTopic(partitions: Int32) throws {
        let bootstrap = try RealBroker.bootstrap()
        let topic = try RealBroker.createTopic(
            "out", partitions: partitions, settings: ["cleanup.policy": "compact"])
        let letterTopic = try RealBroker.createTopic("dlq")
        let rig = try SinkRig(
            bootstrap, shards: 3, topic: topic, letters: letterTopic, ["partition": .string("source")])
        for shard in 0..<3 {
            rig.source.feed(
                shard,
                (0..<500).map {
                    SinkInput(
                        value: SinkRefusalTests.value(shard, $0), key: shard == 1 && $0 == 50 ? nil : "\(shard):\($0)")
                })
        }
        try rig.source.waitForEnd()
        let snapshot = rig.finish()
        #expect(snapshot?.isBalanced == true)
        #expect(rig.ears.faults.isEmpty)
        #expect(rig.ears.notes.contains { $0.hasPrefix("sink-producer") }, "nothing was refused")
        try check(
            bootstrap, topic, letterTopic, partitions: partitions, fed: [500, 500, 500], bad: [[1, 50]]
        ) { shard, _ in shard % Int(partitions) }
        let letter = try SinkTopicReader.all(bootstrap, letterTopic, partitions: 1)[0][0]
        #expect(letter.headers.contains("millrace.reason=rejected"))
        #expect(letter.headers.contains { $0.hasPrefix("millrace.error=") && $0.contains("INVALID_RECORD") })
    }
}
