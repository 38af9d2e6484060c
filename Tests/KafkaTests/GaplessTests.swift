import Kafka
import TestBroker
import Testing

/// A record that the broker refuses, in the middle of others, on a producer without gaps and on a plain one.
@Suite(.realBroker) struct GaplessTests {
    private static let count = 2000
    private static let bad = 1000

    private struct Outcome {
        var reports: [DeliveryReport]
        var log: [String]
        var fatal: KafkaError?
    }

    private func run(_ preset: KafkaConfiguration) throws -> Outcome {
        // The client does not know this limit, so it is the broker that refuses.
        let topic = try RealBroker.createTopic("gapless", settings: ["max.message.bytes": "20000"])
        let configuration = preset.merging(["batch.num.messages": "100", "linger.ms": "1"])
        let sender = try TestProducer(
            RealBroker.bootstrap(), topic, configuration.properties.map { (key: $0.key, value: $0.value) })
        let large = String(repeating: "L", count: 50000)
        var taken = 0
        for index in 0..<GaplessTests.count {
            let code = sender.send(index == GaplessTests.bad ? large : "\(index)", to: 0)
            if code == .none { taken += 1 } else { #expect(code == .fatal) }
        }
        try wait(until: "a report for each record") {
            sender.producer.poll(&sender.reports, &sender.events, timeout: .milliseconds(20))
            return sender.reports.count == taken
        }
        let fatal = sender.producer.fatalError
        #expect(sender.producer.destroy(within: .seconds(20)))

        let end = try RealBroker.client.get().queryWatermarks(topic, 0, timeout: .seconds(10)).high
        let reader = try TestReader(RealBroker.bootstrap(), topic, partitions: 1)
        defer { reader.close() }
        return Outcome(reports: sender.reports, log: try reader.read(Int(end))[0].compactMap(\.value), fatal: fatal)
    }

    @Test func withoutGapsNothingLaterLands() throws {
        let outcome = try run(.gaplessProducer(brokers: RealBroker.bootstrap(), clientID: "test"))
        let landed = outcome.reports.filter { $0.error == .none }.map { Int($0.opaque) }.sorted()
        // A prefix, cut at a request's border before the bad one, and the reports say of each record what is true.
        #expect(landed == Array(0..<landed.count))
        #expect(landed.count <= GaplessTests.bad)
        #expect(outcome.log == landed.map { "\($0)" })
        #expect(outcome.fatal?.isFatal == true)
        let failed = Set(outcome.reports.filter { $0.error != .none }.map(\.error))
        let refused = outcome.reports.filter { $0.error != .none && $0.error != .purgedFromQueue }
        #expect(failed.contains(.purgedFromQueue))
        #expect(refused.contains { $0.opaque == UInt(GaplessTests.bad) })
        #expect(Set(refused.map(\.error)).count == 1, "one request was refused, all its records carry one code")
        #expect(refused.map(\.opaque) == Array(UInt(landed.count)..<UInt(landed.count + refused.count)))
    }

    @Test func withGapsLaterOnesLand() throws {
        let outcome = try run(.plainProducer(brokers: RealBroker.bootstrap(), clientID: "test"))
        #expect(outcome.log.contains("\(GaplessTests.count - 1)"))
        #expect(!outcome.log.contains { $0.hasPrefix("L") })
        let failed = outcome.reports.filter { $0.error != .none }
        #expect(failed.contains { $0.opaque == UInt(GaplessTests.bad) })
        #expect(outcome.fatal == nil)
    }
}
