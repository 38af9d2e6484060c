import Kafka
import Millrace

/// The table of deliveries that producers have: what each still waits for, and what has failed of it.
///
/// A record's opaque number in librdkafka is its place in here: the slot of its delivery and its index in it. In the steady
/// state nothing is allocated per record.
struct SinkFlights: Sendable {
    /// What is wrong with a record.
    enum Fault: Sendable, Hashable {
        /// A report, or a refused call, with this code.
        case code(KafkaErrorCode)
        /// Its batch would have so many bytes, more than the topic takes. It was not sent.
        case tooLarge(bytes: Int)
        /// Too large for the client's own limit, but perhaps not for the topic, as requests are compressed. Not sent.
        case needsCare
        /// A report says that the time which the sink set is out of range for the broker: a clock is wrong.
        case clock
        /// It stood behind one of those and was not sent.
        case behind
    }

    /// A delivery on its way.
    struct Flight: Sendable {
        let delivery: Delivery
        /// The producer that has it.
        let outlet: Int
        /// How many of its records were taken: the first ones.
        let taken: Int
        /// What it takes of the budget.
        let cost: Int
        /// Records that have no report yet.
        var outstanding = 0
        /// Whether a failure is known.
        var hasFailed: Bool { !faults.isEmpty }
        /// What has failed, in any order.
        var faults: [(index: Int, fault: Fault)] = []
        /// The careful way, where it goes that.
        var walk: SinkWalk?
    }

    private var slots: [Flight?] = []
    private var free: [Int] = []

    /// Puts a delivery in; answers its slot.
    mutating func open(_ flight: Flight) -> Int {
        guard let slot = free.popLast() else {
            slots.append(flight)
            return slots.count - 1
        }
        slots[slot] = flight
        return slot
    }

    /// Takes a delivery out; its slot may be used again.
    mutating func close(_ slot: Int) -> Flight? {
        guard slots.indices.contains(slot), let flight = slots[slot] else { return nil }
        slots[slot] = nil
        free.append(slot)
        return flight
    }

    /// The delivery in `slot`.
    subscript(slot: Int) -> Flight? { slots.indices.contains(slot) ? slots[slot] : nil }

    /// The slots in use.
    var open: [Int] { slots.indices.filter { slots[$0] != nil } }

    /// The delivery in `slot` goes carefully.
    mutating func begin(_ slot: Int, _ walk: SinkWalk) { slots[slot]?.walk = walk }

    // MARK: - Accounting

    /// Record `index` is with the producer.
    mutating func sent(_ slot: Int, _ count: Int = 1) { slots[slot]?.outstanding += count }

    /// `count` records have landed; whether the delivery has ended by that.
    mutating func landed(_ slot: Int, _ count: Int) -> Bool {
        guard slots.indices.contains(slot), slots[slot] != nil else { return false }
        slots[slot]?.outstanding -= count
        return slots[slot]?.outstanding == 0
    }

    /// A record has failed; whether it is the delivery's first.
    mutating func failed(_ slot: Int, _ index: Int, _ fault: Fault) -> Bool {
        guard slots.indices.contains(slot), let flight = slots[slot] else { return false }
        slots[slot]?.faults.append((index, fault))
        return !flight.hasFailed
    }

    // MARK: - The opaque number

    /// The number of record `index` of the delivery in `slot`.
    static func opaque(_ slot: Int, _ index: Int) -> UInt { UInt(slot) << 32 | UInt(index) }

    /// The slot in a number.
    static func slot(_ opaque: UInt) -> Int { Int(opaque >> 32) }

    /// The record's index in a number.
    static func index(_ opaque: UInt) -> Int { Int(opaque & 0xffff_ffff) }
}
