import Glibc
import Kafka
import Millrace
import MillraceEngine
import Platform
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

    /// What is written to find out whether a lower limit holds.
    private static let probe = String(repeating: "p", count: 5_000)

    /// Lowers the limit of a topic to 2,000 bytes, and waits until its broker has heard of that.
    private static func lower(_ topic: String) throws {
        try KafkaAdmin(RealBroker.client.get()).setSettings(["max.message.bytes": "2000"], of: topic)
        let producer = try KafkaProducer(.plainProducer(brokers: RealBroker.bootstrap(), clientID: "probe"))
        defer { _ = producer.destroy(within: .seconds(10)) }
        let target = try producer.topic(topic)
        for _ in 0..<1_000 {
            let code = producer.produce(
                payload: Array(probe.utf8), key: nil, headers: [], partition: 0, opaque: 0, to: target)
            #expect(code == .none)
            var reports: [DeliveryReport] = []
            var events: [ClientEvent] = []
            _ = producer.flush(&reports, &events, timeout: .seconds(20))
            if reports.first?.error == .messageTooLarge { return }
        }
        Issue.record("the limit was never lowered")
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
            for record in records where record.value != SinkRefusalTests.probe {
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
                        // Those of shard 2 are not copied to the producer.
                        let padding = shard == 1 && $0 == bad ? 5_000 : shard == 2 ? 500 : 0
                        return SinkInput(
                            value: SinkRefusalTests.value(shard, $0, padding: padding), key: "k\($0 % 16)")
                    })
            }
        }
        feed(0..<100)
        try rig.source.waitForEnd()
        try SinkRefusalTests.lower(topic)
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
        let letter = try #require(try SinkTopicReader.all(bootstrap, letterTopic, partitions: 1)[0].first)
        #expect(letter.headers.contains("millrace.reason=too-large"))
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
        let letter = try #require(try SinkTopicReader.all(bootstrap, letterTopic, partitions: 1)[0].first)
        #expect(letter.headers.contains("millrace.reason=rejected"))
        #expect(letter.headers.contains { $0.hasPrefix("millrace.error=") && $0.contains("INVALID_RECORD") })
    }

    /// Bad records at random places of many shards on two lanes, which are fed while it goes on.
    @Test(arguments: [UInt64(1), 2, 3]) func manyBadRecords(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bootstrap = try RealBroker.bootstrap()
        let topic = try RealBroker.createTopic("out", partitions: 3, settings: ["cleanup.policy": "compact"])
        let letterTopic = try RealBroker.createTopic("dlq")
        let rig = try SinkRig(
            bootstrap, shards: 6, topic: topic, letters: letterTopic, lanes: 2, ["partition": .string("source")])
        var bad: Set<[Int]> = []
        var fed = Array(repeating: 0, count: 6)
        for _ in 0..<60 {
            let shard = Int.random(in: 0..<6, using: &random)
            let inputs = (0..<Int.random(in: 1...120, using: &random)).map { _ in
                let number = fed[shard]
                fed[shard] += 1
                let isBad = Int.random(in: 0..<100, using: &random) == 0
                if isBad { bad.insert([shard, number]) }
                return SinkInput(
                    value: SinkRefusalTests.value(shard, number), key: isBad ? nil : "\(shard):\(number)")
            }
            rig.source.feed(shard, inputs)
            if Bool.random(using: &random) { poll(nil, 0, Int32.random(in: 0..<20, using: &random)) }
        }
        try rig.source.waitForEnd()
        let snapshot = rig.finish()
        #expect(snapshot?.isBalanced == true, "seed \(seed)")
        #expect(rig.ears.faults.isEmpty, "seed \(seed)")
        try check(
            bootstrap, topic, letterTopic, partitions: 3, fed: fed, bad: bad
        ) { shard, _ in shard % 3 }
    }
}
