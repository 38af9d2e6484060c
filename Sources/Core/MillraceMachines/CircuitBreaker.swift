import Millrace

/// Keeps a destination that is down from being asked by every shard at once.
///
/// Closed it lets everything through; `failureThreshold` distinct deliveries failing in a row open it; after
/// `recoveryTimeout` it is half open and lets one delivery at a time probe. It belongs to its fault domain, as does its
/// timer, and to no shard.
public struct CircuitBreaker: Sendable {
    /// What the breaker lets through.
    public enum State: UInt8, Sendable, CaseIterable {
        /// Everything.
        case closed
        /// One delivery at a time, to see whether the destination is back.
        case halfOpen
        /// Nothing.
        case open
    }

    /// A delivery as the breaker tells them apart: what became of its pieces counts as the delivery it came from.
    struct Root: Hashable, Sendable {
        let shard: Int
        let stage: StageID
        let first: RecordID
    }

    /// Distinct deliveries in a row that open it.
    public let failureThreshold: Int
    /// How long it stays open, and how often a suspect record is asked again.
    public let recoveryTimeout: Milliseconds
    /// What it lets through now.
    public private(set) var state = State.closed
    private var failing: [Root] = []
    /// The shard whose delivery probes.
    private var permit: Int?

    /// A closed breaker.
    public init(failureThreshold: Int = 5, recoveryTimeout: Milliseconds = 60_000) {
        self.failureThreshold = failureThreshold
        self.recoveryTimeout = recoveryTimeout
    }

    /// Whether `shard` may submit one delivery now; half open that takes the permit, so ask only to submit.
    mutating func admit(_ shard: Int) -> Bool {
        switch state {
        case .closed: return true
        case .open: return false
        case .halfOpen:
            guard permit == nil else { return false }
            permit = shard
            return true
        }
    }

    /// A delivery (`nil`: a piece of one, which does not count) failed `transient`; true when that opens the breaker.
    mutating func fail(_ root: Root?, isProbe: Bool) -> Bool {
        switch state {
        case .halfOpen where isProbe:
            permit = nil
        case .closed:
            guard let root else { return false }
            if !failing.contains(root) { failing.append(root) }
            guard failing.count >= failureThreshold else { return false }
            failing.removeAll()
        default:
            return false
        }
        state = .open
        return true
    }

    /// A record was delivered; true when that closes the breaker.
    mutating func succeed() -> Bool {
        defer {
            state = .closed
            permit = nil
            if !failing.isEmpty { failing.removeAll() }
        }
        return state != .closed
    }

    /// The probe of `shard` ended without an answer to whether the destination is up: the next delivery may probe. True
    /// when that frees the permit, which is news for whoever waits for it.
    @discardableResult
    mutating func giveBack(_ shard: Int) -> Bool {
        guard permit == shard else { return false }
        permit = nil
        return true
    }

    /// `recoveryTimeout` is over; true when that makes an open breaker half open.
    mutating func recover() -> Bool {
        guard state == .open else { return false }
        state = .halfOpen
        return true
    }
}
