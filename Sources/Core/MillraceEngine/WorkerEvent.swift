import Millrace

/// What a worker has to say: at most one event for an action of a machine. For the log and the metrics.
public enum WorkerEvent: Sendable {
    /// A shard is read from `checkpoint` on. `ahead` names the sinks that had more than that already.
    case assigned(ShardID, epoch: Int, checkpoint: Int64, ahead: [String])
    /// A shard was handed back; `undone` records will be read again by its next owner.
    case released(ShardID, epoch: Int, checkpoint: Int64, undone: Int)
    /// A sink answered: so many records delivered and failed, so long after they were submitted.
    case answered(
        sink: Int, ShardID, delivered: Int, failed: Int, firstFailure: IndexedFailure?, offset: Int64,
        nanoseconds: Int64?)
    /// A batch was read.
    case admitted(ShardID, records: Int)
    /// Something at a shard waits, or does not any more.
    case waits(ShardID, ShardWait)
    /// A breaker changed.
    case breaker(sink: Int, BreakerChange)
    /// A dead letter is safe.
    case deadLetterWritten(ShardID, offset: Int64, stage: String, reason: String, error: String, place: String)
    /// A dead letter could not be written; the shard waits and tries again.
    case deadLetterFailed(ShardID, offset: Int64, error: String)
    /// A dead letter is too large for its topic: it is written as a reference, without the payload.
    case deadLetterShortened(ShardID, offset: Int64, error: String)
    /// A dead letter may not be written (`dead_letter: park`): the shard stops.
    case parkedByPolicy(ShardID, offset: Int64, stage: String, error: String)
    /// The process died with these offsets in hand, so many times: they are read one by one after the second death, and
    /// `isParked` when the record is found and the shard stops before it.
    case killedProcess(ShardID, offsets: Range<Int64>, deaths: Int, isParked: Bool)
    /// An optional sink was given up on these offsets; the count is unknown for what a restart left behind.
    case abandoned(sink: Int, ShardID, offsets: Range<Int64>, count: Int?)
    /// A sink lost what it had accepted: it is read again from `offset`.
    case rewound(ShardID, offset: Int64)
    /// The log begins behind the checkpoint: these offsets are lost.
    case lost(ShardID, offsets: Range<Int64>)
    /// The log has no records at these offsets, and never will (compaction, transactions).
    case hole(ShardID, offsets: Range<Int64>)
    /// The source had passed over these offsets: it was sought back to them, and their records came at the second look.
    case passedOver(ShardID, offsets: Range<Int64>)
    /// A shard cannot be read just now.
    case unreadable(ShardID, String)
    /// An operator's command could not be followed.
    case refused(String)
    /// Millrace itself is at fault.
    case fault(ShardID?, String)
}

/// Hears what happens. Called on the lanes, a few times a batch: must be quick and must not block.
public protocol Observer: Sendable {
    /// `event` has happened.
    func observe(_ event: WorkerEvent)
}
