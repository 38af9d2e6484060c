import Kafka
import Millrace
import Testing

/// The ordinary way of records through a Kafka sink.
@Suite struct SinkDeliveryTests {
    /// `count` records with keys, some of them tombstones, some empty, some with headers.
    private func inputs(_ count: Int, padding: Int) -> [SinkInput] {
        let padding = String(repeating: "x", count: padding)
        return (0..<count).map { index in
            var input = SinkInput(value: "value \(index)" + padding, key: "key \(index % 37)")
            if index % 10 == 3 { input.value = nil }
            if index % 10 == 4 { input.value = "" }
            if index % 10 == 5 { input.key = nil }
            if index % 10 == 6 { input.key = "" }
            if index % 10 == 7 {
                input.headers = [.init("a", Array("1 \(index)".utf8)), .init("a", nil), .init("b", [])]
            }
            return input
        }
    }

    private func expected(_ input: SinkInput) -> SinkTopicReader.Found {
        SinkTopicReader.Found(
            value: input.value, key: input.key,
            headers: input.headers.map {
                "\($0.name)=\($0.value.map { String(decoding: $0, as: UTF8.self) } ?? "<null>")"
            })
    }

    private func withoutTime(_ found: [[SinkTopicReader.Found]]) -> [[SinkTopicReader.Found]] {
        found.map { $0.map { SinkTopicReader.Found(value: $0.value, key: $0.key, headers: $0.headers) } }
    }

    /// Small payloads are copied to the producer, others stay where they are until their reports.
    @Test(arguments: [1, 4], [0, 1_000]) func recordsLandInOrder(partitions: Int32, padding: Int) throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("out", partitions: partitions)
        let bench = try SinkBench(broker.bootstrap, "out")
        defer { bench.close() }
        let all = inputs(3000, padding: padding)
        let shard = ShardID(topic: "in", partition: 6)
        var ended: [Int] = []
        for batch in 0..<3 {
            let part = Array(all[(batch * 1000)..<(batch * 1000 + 1000)])
            ended += try bench.submitAll(part, shard: shard, number: batch * 10, first: Int64(batch * 1000))
        }
        for number in ended { #expect(try bench.waitForEnd(number).isEmpty) }

        let found = withoutTime(try SinkTopicReader.all(broker.bootstrap, "out", partitions: partitions))
        var wanted = (0..<partitions).map { _ in [SinkTopicReader.Found]() }
        for input in all {
            let partition = input.key.map { murmur($0, partitions) } ?? 6 % partitions
            wanted[Int(partition)].append(expected(input))
        }
        #expect(found == wanted)
    }

    private func murmur(_ key: String, _ count: Int32) -> Int32 {
        unsafe Array(key.utf8).withUnsafeBytes { unsafe Murmur2.partition($0, of: count) }
    }
}
