import Millrace

/// Records on their way to a stage.
public struct Submission: Sendable {
    /// The stage.
    public let stage: StageID
    /// The delivery's number: they count up a stage, over all epochs.
    public let delivery: Int
    /// The batch that the records belong to.
    public let batch: Int
    /// The records, a part of what the batch's admission named for the stage.
    public let records: RecordRun
    /// How often these records were submitted to the stage, with this time.
    public let attempt: Int
    /// Whether it is the breaker's probe.
    public let isProbe: Bool
    /// Failures and losses heard from the stage in this epoch. A stage that has told of more answers `untried`.
    public let heard: Int
}

/// An operator's command.
public enum OperatorCommand: Hashable, Sendable {
    /// Give up a record.
    case skip
    /// Decide about a stage.
    case resolve
}

/// What a machine wants done, in this order.
public enum ShardAction: Sendable {
    /// Give records to a stage.
    case submit(Submission)
    /// Write a dead letter and answer with ``ShardEvent/deadLetter(_:_:)``.
    indirect case deadLetter(Letter)
    /// Set a timer.
    case schedule(TimerID, after: Milliseconds)
    /// ``ShardMachine/checkpoint`` or ``ShardMachine/cursors`` changed: commit them in time.
    case advance
    /// Give the batch's credit back: no required stage and no letter needs it. When `isLagging`, an optional stage does:
    /// keep or copy what it was given until ``forget(batch:)``.
    case release(batch: Int, isLagging: Bool)
    /// No optional stage needs the batch any more that was released while one lagged.
    case forget(batch: Int)
    /// Nothing more will be submitted: make durable what you accepted, at best until `deadline`.
    case flush(StageID, deadline: Milliseconds)
    /// Forget what this epoch gave you and you have not made durable.
    case abandon(StageID)
    /// Read again from a position on, the start of an offset.
    case rewind(to: Position)
    /// An optional stage was given up on these positions; `count` records, or at a restart an unknown number.
    case abandoned(StageID, Range<Position>, count: Int?)
    /// No batch covered these positions.
    case gap(Range<Position>)
    /// Feed ``ShardEvent/breaker(domain:_:)`` to every other shard that waits in the domain.
    case tell(domain: Int, DomainNews)
    /// An operator's command cannot be followed.
    case refused(OperatorCommand, String)
    /// The epoch ended and nothing of it is left: commit the checkpoint, then unassign.
    case closed(checkpoint: Position)
    /// What the shard waits for changed.
    case wait(WaitReason)
}
