import Codecs
import Kafka
import Millrace
import Platform

/// The demo's orders: sends them on a thread of its own, never far ahead of the reader, as the embedded broker keeps
/// only the newest 5 MiB of a partition.
final class DemoTraffic: Sendable {
    private struct State {
        var sent = 0
        var read = 0
        var isStopped = false
        var isFinished = false
    }

    private let state = Locked(State())
    private let changed = Condition()
    private let thread = Locked<Thread?>(nil)
    private let records: Int

    /// How far it may be ahead of the reader: 16,000 orders of 400 bytes are 1.6 MB a partition.
    private static let lead = 16_000

    /// Begins to send `records` orders to `topic`, or orders without end.
    init(brokers: String, topic name: String, records: Int?) throws(MillraceError) {
        self.records = records ?? .max
        do {
            var configuration = KafkaConfiguration.plainProducer(brokers: brokers, clientID: "millrace-demo")
            configuration["linger.ms"] = "5"
            let producer = try KafkaProducer(configuration)
            let topic = try producer.topic(name)
            let thread = try Thread(name: "demo-traffic") { [self] in send(producer, topic) }
            self.thread.withLock { $0 = thread }
        } catch { throw MillraceError(.internal, "the demo's traffic does not start: \(error)") }
    }

    /// Orders that were sent.
    var sent: Int { state.withLock { $0.sent } }
    /// Whether all were.
    var isFinished: Bool { state.withLock { $0.isFinished } }

    /// So many have been read.
    func hear(read: Int) {
        state.withLock { $0.read = read }
        changed.broadcast()
    }

    /// Sends no more, and waits for its end.
    func stop() {
        state.withLock { $0.isStopped = true }
        changed.broadcast()
        thread.withLock { $0 }?.join()
    }

    private func send(_ producer: KafkaProducer, _ topic: ProducerTopic) {
        var reports: [DeliveryReport] = []
        var events: [ClientEvent] = []
        var random = SplitMix64(seed: 7)
        for number in 0..<records {
            guard waitForTurn(number) else { break }
            let payload = DemoTraffic.order(number, &random)
            let key = Array("c-\(number % 997)".utf8)
            while producer.produce(payload: payload, key: key, opaque: UInt(number), to: topic) == .queueFull {
                producer.poll(&reports, &events, timeout: .milliseconds(10))
            }
            if number % 1_000 == 0 { producer.poll(&reports, &events, timeout: .zero) }
            reports.removeAll(keepingCapacity: true)
            state.withLock { $0.sent = number + 1 }
        }
        _ = producer.flush(&reports, &events, timeout: .seconds(10))
        state.withLock { $0.isFinished = true }
        _ = producer.destroy(within: .seconds(2))
    }

    private func waitForTurn(_ number: Int) -> Bool {
        state.wait(on: changed) { state -> Bool? in
            if state.isStopped { return false }
            return number < state.read + DemoTraffic.lead ? true : nil
        } ?? false
    }

    private static let countries = ["DE", "FR", "PL", "ES", "IT", "US"]

    /// Order `number`, base64 of JSON; one in 500 is no base64, one in 700 is cut short.
    private static func order(_ number: Int, _ random: inout SplitMix64) -> [UInt8] {
        if number % 500 == 499 { return Array("this is !! not base64".utf8) }
        let amount = Double(random.next() % 50_000) / 100
        let type = random.next() % 5 == 0 ? "order.cancelled" : "order.created"
        let country = countries[Int(random.next() % UInt64(countries.count))]
        let text = """
            {"id":\(number),"type":"\(type)","amount":\(amount),"customer":{"id":"c-\(number % 997)","tier":"gold"},\
            "address":{"street":"Mill Lane \(number % 90)","city":"Millbrook","country":"\(country)"},\
            "items":[{"sku":"A-\(number % 31)","quantity":2},{"sku":"B-\(number % 17)","quantity":1}]}
            """
        let bytes = Array(text.utf8)
        return Base64.encoded(number % 700 == 699 ? Array(bytes.dropLast(20)) : bytes)
    }
}
