import Millrace
import MillraceMachines

/// What a lane is told from outside.
enum LaneMessage: Sendable {
    /// A shard is the lane's from now on.
    case assign(ShardAssignment)
    /// These shards are to be handed back until the deadline (monotonic milliseconds).
    case revoke([ShardID], deadline: Int64)
    /// Read no more and finish everything, at the latest at the deadline (monotonic milliseconds).
    case drain(deadline: Int64)
    /// A sink answers.
    case sink(SinkReport)
    /// A dead letter was written, or not.
    case deadLetter(slot: Int, key: LetterKey, outcome: DeadLetterOutcome)
    /// Another lane's shard changed a fault domain.
    case news(domain: Int, DomainNews)
    /// An operator's command.
    case operate(Operation, OperationRequest)
    /// Somebody wants to know how things stand.
    case snapshot(SnapshotRequest)
    /// Close the sinks and end.
    case stop
}

/// An operator's command, as it reaches every lane; the lane that it does not concern answers with nothing.
enum Operation: Sendable {
    /// Hold a shard, a sink, or everything.
    case pause(Hold)
    /// Let it go on.
    case resume(Hold)
    /// Give up a record that waits.
    case skip(shard: ShardID, offset: Int64, reason: String)
    /// Decide a suspect, or un-park.
    case resolve(sink: Int, poison: Bool)
}
