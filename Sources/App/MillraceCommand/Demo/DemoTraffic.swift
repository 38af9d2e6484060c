import Codecs
import Kafka
import Millrace
import Platform

/// The demo's orders: sends them on a thread of its own, never far ahead of the reader, as the embedded broker keeps
/// only the newest 5 MiB of a partition.
final class DemoTraffic: Sendable {
    /// How many orders, how fast, and whether bad ones are among them.
    struct Plan: Sendable {
        /// How many; nil sends without end.
        var records: Int?
        /// How many a second; nil sends as fast as they are read.
        var rate: Int?
        /// Whether one in 500 is not base64, and one in 700 is cut short. Otherwise bad ones come by
        /// ``DemoTraffic/injectPoison()`` alone.
        var hasPoison: Bool
    }

    /// What is wrong with an order.
    enum Fault: Sendable, Hashable, CaseIterable {
        /// It is not base64.
        case notBase64
        /// It is JSON that ends early.
        case cut
        /// It is for a country that the sink refuses.
        case refused
    }

    private struct State {
        var sent = 0
        var read = 0
        var injected = 0
        var wanted: [Fault] = []
        var isStopped = false
        var isFinished = false
    }

    /// What to send next.
    private enum Turn {
        case order
        case bad(Fault)
        case end
    }

    private let state = Locked(State())
    private let changed = Condition()
    private let thread = Locked<Thread?>(nil)
    private let plan: Plan

    /// How far it may be ahead of the reader: 24,000 orders of 400 bytes are 2.4 MB a partition.
    static let lead = 24_000

    /// Begins to send orders to `topic`.
    init(brokers: String, topic name: String, _ plan: Plan) throws(MillraceError) {
        self.plan = plan
        do {
            var configuration = KafkaConfiguration.plainProducer(brokers: brokers, clientID: "millrace-demo")
            // The embedded broker answers a fetch with one produce request's records: few small ones would be read slowly.
            configuration["linger.ms"] = "50"
            let producer = try KafkaProducer(configuration)
            let topic = try producer.topic(name)
            let thread = try Thread(name: "demo-traffic") { [self] in send(producer, topic) }
            self.thread.withLock { $0 = thread }
        } catch { throw MillraceError(.internal, "the demo's traffic does not start: \(error)") }
    }

    /// Orders that were sent, bad ones among them.
    var sent: Int { state.withLock { $0.sent } }
    /// Bad orders that were asked for.
    var injected: Int { state.withLock { $0.injected } }
    /// Whether nothing more will be sent.
    var isFinished: Bool { state.withLock { $0.isFinished } }
    /// Whether it waits for the reader.
    var isHeldUp: Bool { state.withLock { !$0.isFinished && $0.sent >= $0.read + DemoTraffic.lead } }

    /// So many have been read.
    func hear(read: Int) {
        state.withLock { $0.read = read }
        changed.broadcast()
    }

    /// Has a bad order of each kind sent next; false when no more is sent.
    func injectPoison() -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopped && !state.isFinished else { return false }
            state.wanted += Fault.allCases
            state.injected += Fault.allCases.count
            return true
        }
        changed.broadcast()
        return isTaken
    }

    /// Sends no more.
    func halt() {
        state.withLock { $0.isStopped = true }
        changed.broadcast()
    }

    /// Sends no more, and waits for its end.
    func stop() {
        halt()
        thread.withLock { $0 }?.join()
    }

    private func send(_ producer: KafkaProducer, _ topic: ProducerTopic) {
        var reports: [DeliveryReport] = []
        var events: [ClientEvent] = []
        var random = SplitMix64(seed: 7)
        var due = MonotonicClock.now()
        var number = 0
        while let order = next(number, &due, &random) {
            let key = Array("c-\(number % 997)".utf8)
            while producer.produce(payload: order, key: key, opaque: UInt(number), to: topic) == .queueFull {
                producer.poll(&reports, &events, timeout: .milliseconds(10))
            }
            if number % 1_000 == 0 { producer.poll(&reports, &events, timeout: .zero) }
            reports.removeAll(keepingCapacity: true)
            number += 1
            state.withLock { $0.sent = number }
        }
        _ = producer.flush(&reports, &events, timeout: .seconds(10))
        state.withLock { $0.isFinished = true }
        _ = producer.destroy(within: .seconds(2))
    }

    /// The next order, once it is its turn; nil when there are no more.
    private func next(_ number: Int, _ due: inout Int64, _ random: inout SplitMix64) -> [UInt8]? {
        switch turn(number, due) {
        case .end: return nil
        case .bad(let fault): return DemoTraffic.order(number, &random, fault)
        case .order:
            // What could not be sent in time is not made up for: a burst would only look odd.
            if let rate = plan.rate { due = max(due + 1_000_000_000 / Int64(rate), MonotonicClock.now() - 50_000_000) }
            guard plan.hasPoison else { return DemoTraffic.order(number, &random, nil) }
            let fault: Fault? = number % 500 == 499 ? .notBase64 : number % 700 == 699 ? .cut : nil
            return DemoTraffic.order(number, &random, fault)
        }
    }

    private func turn(_ number: Int, _ due: Int64) -> Turn {
        if let records = plan.records, number >= records { return .end }
        while true {
            let isPaced = plan.rate != nil
            let turn = state.wait(on: changed, until: isPaced ? max(due, MonotonicClock.now()) : nil) {
                state -> Turn? in
                if state.isStopped { return .end }
                if !state.wanted.isEmpty { return .bad(state.wanted.removeFirst()) }
                guard number < state.read + DemoTraffic.lead else { return nil }
                return !isPaced || MonotonicClock.now() >= due ? .order : nil
            }
            if let turn { return turn }
            // Its time has come, but the reader is far behind.
            _ = state.wait(on: changed, until: MonotonicClock.now() + 50_000_000) { $0.isStopped ? true : nil }
        }
    }

    private static let countries = ["DE", "FR", "PL", "ES", "IT", "US"]

    /// Order `number`, base64 of JSON, with a fault or without.
    private static func order(_ number: Int, _ random: inout SplitMix64, _ fault: Fault?) -> [UInt8] {
        if fault == .notBase64 { return Array("this is !! not base64".utf8) }
        var amount = Double(random.next() % 50_000) / 100
        var type = random.next() % 5 == 0 ? "order.cancelled" : "order.created"
        var country = countries[Int(random.next() % UInt64(countries.count))]
        // One that passes the filter, so that the sink gets to see it.
        if fault == .refused { (amount, type, country) = (250, "order.created", DemoTrouble.country) }
        let text = """
            {"id":\(number),"type":"\(type)","amount":\(amount),"customer":{"id":"c-\(number % 997)","tier":"gold"},\
            "address":{"street":"Mill Lane \(number % 90)","city":"Millbrook","country":"\(country)"},\
            "items":[{"sku":"A-\(number % 31)","quantity":2},{"sku":"B-\(number % 17)","quantity":1}]}
            """
        let bytes = Array(text.utf8)
        return Base64.encoded(fault == .cut ? Array(bytes.dropLast(20)) : bytes)
    }
}
