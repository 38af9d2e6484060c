/// What a shard waits for: the first that holds, in this order. Of stages only required ones count.
public enum WaitReason: Hashable, Sendable {
    /// It is not ours.
    case closed
    /// A stage that cannot go on without a person.
    case parked(StageID)
    /// The end of a pause.
    case paused
    /// A dead letter that is not written yet.
    case deadLetters
    /// A stage or a record: it is not known which one is at fault.
    case suspectOutage(StageID)
    /// The breaker of a stage.
    case breaker(StageID)
    /// A retry at a stage.
    case retry(StageID)
    /// A stage that is full.
    case full(StageID)
    /// The end of a revoke or a drain.
    case drain
    /// Memory for one more batch.
    case credit
    /// Records to read: it does not wait for anything of ours.
    case input
}

/// What one stage of a shard waits for: the first that holds, in this order.
public enum StageWait: Hashable, Sendable {
    /// A person.
    case parked
    /// The end of a pause, of the stage or the shard.
    case paused
    /// A dead letter of the stage.
    case deadLetters
    /// A record that may be at fault, or the stage may be.
    case suspectOutage
    /// A retry, or the back-off after a loss.
    case retry
    /// An answer.
    case sink
    /// Room.
    case full
    /// The breaker.
    case breaker
    /// Something before it.
    case order
    /// The news that what it accepted is safe.
    case durable
    /// Records.
    case nothing
}
