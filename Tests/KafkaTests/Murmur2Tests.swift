import Kafka
import Testing

/// The values are those of Java's `Utils.murmur2`.
@Suite struct Murmur2Tests {
    @Test(
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ] as [(String, Int32)])
    func hashesAsJava(_ text: String, _ expected: Int32) {
        let hash = unsafe Array(text.utf8).withUnsafeBytes { unsafe Murmur2.hash($0) }
        #expect(hash == expected)
    }

    @Test func thePartitionIsOfThePositiveHash() {
        // -973932308 without its sign bit is 1173551340.
        let key = Array("21".utf8)
        #expect(unsafe key.withUnsafeBytes { unsafe Murmur2.partition($0, of: 7) } == 1_173_551_340 % 7)
        #expect(unsafe key.withUnsafeBytes { unsafe Murmur2.partition($0, of: 1) } == 0)
    }

    /// librdkafka's own partitioner for Java's clients is the oracle: the same keys land where it puts them.
    @Test func partitionsAsTheClientsOwnPartitionerDoes() throws {
        let broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 5)
        let producer = try TestProducer(broker.bootstrap, "in", [("partitioner", "murmur2")])
        var random = SplitMix64(seed: 3)
        let keys = (0..<200).map { length in
            String(decoding: (0..<length % 37).map { _ in UInt8(97 + random.next() % 26) }, as: UTF8.self)
        }
        for key in keys { producer.send("", key: key, to: -1) }
        let reports = producer.finish().sorted { $0.opaque < $1.opaque }
        try #require(reports.count == keys.count)
        for (key, report) in zip(keys, reports) {
            let expected = unsafe Array(key.utf8).withUnsafeBytes { unsafe Murmur2.partition($0, of: 5) }
            #expect(report.partition == expected, "key \(key)")
        }
    }
}
