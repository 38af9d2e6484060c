import Glibc
import TestBroker
import Testing

@testable import Kafka

/// A broker thread whose queues are all full sleeps, up to a second, and draining them does not wake it: the pacer does.
///
/// Counted are gaps of more than half a second between reads that bring something, so a busy machine cannot make the one
/// look like the other.
@Suite struct StallTests {
    private static let record = String(repeating: "r", count: 1024)

    private func fill(_ bootstrap: String, _ topic: String, _ count: Int) throws {
        let producer = try TestProducer(bootstrap, topic, [("batch.num.messages", "50")])
        for _ in 0..<count { producer.send(StallTests.record, to: 0) }
        #expect(producer.finish().count == count)
    }

    private func longGaps(_ bootstrap: String, _ topic: String, _ count: Int, paced: Bool) throws -> Int {
        let configuration = KafkaConfiguration.consumer(
            brokers: bootstrap, clientID: "stall", group: "stall", prefetchKiB: 256, fetchBytes: 1_000_000)
        let reader = try TestReader(
            bootstrap, topic, partitions: 1, configuration.properties.map { (key: $0.key, value: $0.value) })
        defer { reader.close() }
        let pacer = paced ? try Pacer(reader.consumer.client) : nil
        pacer?.setPartitions([TopicPartition(topic, 0)])
        defer { #expect(pacer?.stop(within: .seconds(20)) ?? true) }

        let batch = reader.batch
        var total = 0
        var last: ContinuousClock.Instant?
        var gaps = 0
        try wait(until: "\(count) records") {
            batch.removeAll()
            let got = reader.queues[0].read(into: batch, max: 100)
            guard got > 0 else { return false }
            pacer?.noteActivity()
            let now = ContinuousClock.now
            if let last, now - last > .milliseconds(500) { gaps += 1 }
            last = now
            total += got
            return total >= count
        }
        batch.removeAll()
        return gaps
    }

    @Test func thePacerKeepsTheEmbeddedBrokerAwake() throws {
        let broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 1)
        try fill(broker.bootstrap, "in", 900)
        let alone = try longGaps(broker.bootstrap, "in", 900, paced: false)
        let paced = try longGaps(broker.bootstrap, "in", 900, paced: true)
        #expect(alone >= 2)
        #expect(paced < alone)
    }

    @Test(.realBroker, .enabled(if: isSlowWanted, "skipped: slow (set MILLRACE_SLOW_TESTS)"))
    func thePacerKeepsARealBrokerAwake() throws {
        let topic = try RealBroker.createTopic("stall")
        try fill(RealBroker.bootstrap(), topic, 5000)
        let alone = try longGaps(RealBroker.bootstrap(), topic, 5000, paced: false)
        let paced = try longGaps(RealBroker.bootstrap(), topic, 5000, paced: true)
        #expect(alone >= 4)
        #expect(paced < alone)
    }

    private static let isSlowWanted = unsafe getenv("MILLRACE_SLOW_TESTS") != nil
}
