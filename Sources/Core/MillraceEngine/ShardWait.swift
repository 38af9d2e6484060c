import MillraceMachines

/// What a shard waits for; of sinks only required ones count, named by their place.
public enum ShardWait: Sendable, Hashable {
    /// It is not ours.
    case closed
    /// A person: a sink cannot go on.
    case parked(sink: Int)
    /// The end of a pause.
    case paused
    /// A dead letter that is not written yet.
    case deadLetters
    /// A sink or a record: it is not known which one is at fault.
    case suspectOutage(sink: Int)
    /// The breaker of a sink.
    case breaker(sink: Int)
    /// A retry at a sink.
    case retry(sink: Int)
    /// A sink that is full.
    case full(sink: Int)
    /// The end of a hand-over or a drain.
    case drain
    /// Memory for one more batch.
    case credit
    /// Records to read: nothing of ours.
    case input

    init(_ reason: WaitReason) {
        switch reason {
        case .closed: self = .closed
        case .parked(let stage): self = .parked(sink: stage.index)
        case .paused: self = .paused
        case .deadLetters: self = .deadLetters
        case .suspectOutage(let stage): self = .suspectOutage(sink: stage.index)
        case .breaker(let stage): self = .breaker(sink: stage.index)
        case .retry(let stage): self = .retry(sink: stage.index)
        case .full(let stage): self = .full(sink: stage.index)
        case .drain: self = .drain
        case .credit: self = .credit
        case .input: self = .input
        }
    }
}

/// What a breaker lets through.
public enum BreakerChange: Sendable, Hashable {
    /// Nothing from now on: the sink counts as down.
    case opened
    /// One delivery at a time, to see whether the sink is back.
    case halfOpen
    /// Everything again.
    case closed

    /// Nil for news that are none of the breaker's.
    init?(_ news: DomainNews) {
        switch news {
        case .opened: self = .opened
        case .halfOpen: self = .halfOpen
        case .closed: self = .closed
        case .accepted, .failed: return nil
        }
    }
}
