import Millrace
import Platform

/// What goes wrong in the demo because somebody wants to see it: an outage of the sink `clean`, and orders that it refuses.
/// Thread safe.
final class DemoTrouble: Sendable {
    /// An outage.
    struct Outage: Sendable {
        /// When it began and ended, monotonic milliseconds; it has no end yet while it lasts.
        var begin: Int64
        var end: Int64?
    }

    /// A bad order that the sink refused, and how it was found among its neighbours.
    struct Refusal: Sendable {
        /// How many orders stood in the delivery that was refused first.
        var records: Int
        /// How many deliveries were refused, the first and the last among them.
        var calls: Int
        /// Whether the order stood alone in the last of them.
        var isFound: Bool
    }

    private struct State {
        var outage: Outage?
        var refusal: Refusal?
        var isPoisoned = false
    }

    private let state = Locked(State())

    /// The latest outage.
    var outage: Outage? { state.withLock { $0.outage } }
    /// The latest refusal.
    var refusal: Refusal? { state.withLock { $0.refusal } }
    /// Whether the sink is down.
    var isOut: Bool { outage.map { $0.end == nil } ?? false }

    /// Begins an outage, or ends it.
    func toggleOutage(at now: Int64) {
        state.withLock { state in
            if state.outage != nil, state.outage?.end == nil {
                state.outage?.end = now
            } else {
                state.outage = Outage(begin: now, end: nil)
            }
        }
    }

    /// Ends the outage, if there is one.
    func endOutage(at now: Int64) { if isOut { toggleOutage(at: now) } }

    /// An order that the sink refuses is under way.
    func expectRefusal() { state.withLock { $0.isPoisoned = true } }

    /// What the sink says to `delivery`; nil when it takes it.
    func failure(of delivery: Delivery) -> Failure? {
        let (isOut, isPoisoned) = state.withLock { ($0.outage != nil && $0.outage?.end == nil, $0.isPoisoned) }
        if isOut { return Failure(.transient, "does not answer (outage by key)") }
        guard isPoisoned, (0..<delivery.count).contains(where: { isRefused(delivery.copyPayload($0)) }) else {
            return nil
        }
        note(refused: delivery.count)
        // As a request with many records is refused: the sink does not say which one it was.
        return Failure(.rejected, "refuses country \(DemoTrouble.country)")
    }

    private func note(refused records: Int) {
        state.withLock { state in
            if var refusal = state.refusal, !refusal.isFound || records == 1 {
                refusal.calls += 1
                refusal.isFound = records == 1
                state.refusal = refusal
            } else {
                state.refusal = Refusal(records: records, calls: 1, isFound: records == 1)
            }
        }
    }

    /// The country that the sink refuses.
    static let country = "ZZ"

    private static let ending = Array("\"\(country)\"}".utf8)

    private func isRefused(_ payload: [UInt8]?) -> Bool {
        payload?.suffix(DemoTrouble.ending.count).elementsEqual(DemoTrouble.ending) ?? false
    }
}
