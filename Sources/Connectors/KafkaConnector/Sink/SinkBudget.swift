import Synchronization

/// The bytes that a sink's producers may hold, over all lanes.
///
/// A pool that whoever comes first takes from, but an eighth of it is any lane's own: so a lane never waits for another,
/// which nobody would wake it for, and up to eight lanes the whole stays below twice the limit.
final class SinkBudget: Sendable {
    /// What librdkafka holds of a record beside key and payload, about.
    static let recordOverhead = 320

    /// The bytes of the pool.
    let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) { self.limit = max(1 << 20, limit) }

    /// How much a lane that holds `own` may take now, in one delivery.
    func room(own: Int) -> Int { max(limit - used.load(ordering: .relaxed), limit / 8 - own) }

    /// Takes, or with a negative number gives back.
    func take(_ bytes: Int) { used.add(bytes, ordering: .relaxed) }
}
