/// What all shards share of a destination: its breaker, the row of its verdicts, and the order of submits and failures.
///
/// A value; whoever runs several machines on several threads keeps the domains behind one lock and lends them to a
/// machine for a step.
public struct FaultDomain: Sendable {
    /// Counts submits in the domain, over all shards and stages: a delivery's serial is the count with it.
    typealias Serial = UInt64

    /// Whether the destination may be asked.
    public internal(set) var breaker: CircuitBreaker
    /// Whether a record is at fault.
    public internal(set) var verdict: Verdict
    /// The serial of the latest submit.
    private(set) var submits: Serial = 0
    /// The serial of the latest submit when the latest failure was heard: only a later one can be a witness of it.
    private(set) var stale: Serial = 0

    /// A domain that nothing is known of.
    public init(failureThreshold: Int = 5, recoveryTimeout: Milliseconds = 60_000, unwitnessed: Int = 3) {
        breaker = CircuitBreaker(failureThreshold: failureThreshold, recoveryTimeout: recoveryTimeout)
        verdict = Verdict(unwitnessed: unwitnessed)
    }

    /// The breaker's `recoveryTimeout` is over; true when that makes an open breaker half open, which is news for every
    /// shard that waits in the domain. For whoever keeps the timer when no shard is left to be told.
    public mutating func recover() -> Bool { breaker.recover() }

    /// A delivery is submitted; its serial.
    mutating func submit() -> Serial {
        submits += 1
        return submits
    }

    /// A failure was heard: what was submitted up to now is older than it.
    mutating func outdate() {
        stale = submits
    }
}

/// What a shard tells the other shards of a fault domain.
public enum DomainNews: Hashable, Sendable {
    /// It had a record delivered by a submit of this serial, which came after the last failure in the domain.
    case accepted(UInt64)
    /// It heard of a failure. Needless between shards that share one ``FaultDomain`` value, which remembers it.
    case failed
    /// The breaker opened.
    case opened
    /// The breaker is half open, or its permit is free again.
    case halfOpen
    /// The breaker closed.
    case closed
}
