import Platform

/// Where the reading of one shard ends, and how fast it may go. What the lane calls is called a few times a batch.
///
/// The end is known by what comes: a record at or behind it, or the word that the log's end was reached there. So holes
/// before it (markers of transactions, compacted records) hold nothing up.
final class ReadBound: Sendable {
    /// What others look at.
    private struct State {
        var reached: Int64?
        var wakeDescriptor: Int32?
        var bytes = 0
    }

    /// The first offset that is not read.
    let end: Int64
    private let limiter: RateLimiter?
    private let state = Locked(State())

    /// Reading up to, not including, `end`.
    init(end: Int64, limiter: RateLimiter?) {
        self.end = end
        self.limiter = limiter
    }

    /// The offset behind the last record, once everything before ``end`` was read; nil until then.
    var reached: Int64? { state.withLock { $0.reached } }

    /// Wakes the lane, for what the rate held back.
    func wake() { state.withLock { state in if let place = state.wakeDescriptor { WakeUp.signal(place) } } }

    /// The lane is woken by `descriptor`, until ``close()``.
    func attach(_ descriptor: Int32) { state.withLock { $0.wakeDescriptor = descriptor } }

    /// The lane reads no more, and its descriptor may be gone.
    func close() { state.withLock { $0.wakeDescriptor = nil } }

    /// How many of `wanted` records may be read now.
    func allowance(_ wanted: Int) -> Int { limiter?.allowance(wanted, now: MonotonicClock.milliseconds()) ?? wanted }

    /// So many records of so many bytes were read.
    func charge(_ count: Int, bytes: Int) {
        limiter?.charge(count)
        state.withLock { $0.bytes += bytes }
    }

    /// The bytes of payloads and keys that were read, again or not.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Everything was read, the last record just before `next`.
    func reach(_ next: Int64) { state.withLock { $0.reached = next } }

    /// Something is read again.
    func reopen() { state.withLock { $0.reached = nil } }
}
