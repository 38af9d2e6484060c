import Millrace

/// The name of a timer; setting a timer of the same name again replaces it.
public enum TimerID: Hashable, Sendable {
    /// A delivery at a stage, by its first record, may be tried again.
    case retry(StageID, RecordID)
    /// A suspect record may be asked again.
    case suspect(StageID, RecordID)
    /// A record that stands alone has waited at a stage as long as it may.
    case expiry(StageID, RecordID)
    /// A dead letter may be written again.
    case letter(LetterKey)
    /// A stage that lost what it had accepted may be fed again.
    case loss(StageID)
    /// The breaker of a fault domain becomes half open. It belongs to the domain, outlives the shard's epoch, and may be
    /// fed to any machine that has the domain.
    case breaker(domain: Int)
    /// A revoke or a drain has run out of time.
    case deadline
}

/// One record's failure in a delivery.
public struct RecordFailure: Sendable {
    /// The record.
    public var record: RecordID
    /// What its stage means.
    public var failure: Failure

    /// The failure of `record`.
    public init(_ record: RecordID, _ failure: Failure) {
        self.record = record
        self.failure = failure
    }
}

/// What an operator decides about a stage that waits for one.
public enum Decision: Sendable {
    /// The suspects are at fault, and the stage is well: until it delivers something, `rejected` needs no witness.
    case poison
    /// Ask again at once; a parked stage goes on.
    case retry
}

/// What happens to a shard.
///
/// An event of an epoch that is not the machine's, or that comes while it is closed, changes nothing; the exceptions are
/// ``assigned(checkpoint:cursors:)``, ``breaker(domain:_:)`` and the timer of a breaker.
public enum ShardEvent: Sendable {
    /// The shard is ours from `checkpoint` on, at the step's epoch, which must be higher than any before. `cursors` are
    /// what the stages had done, by their index; `nil` or missing: everything below the checkpoint.
    case assigned(checkpoint: Position, cursors: [Cursor?])
    /// A batch was read. Ignored unless ``ShardMachine/takes(from:)`` holds of its first position.
    case admitted(Admission)
    /// The stage took only the first `taken` records of a delivery, and nothing submitted after it. To be fed before any
    /// other event.
    case full(StageID, delivery: Int, taken: Int)
    /// The stage that was full has room again.
    case room(StageID)
    /// The stage owns a delivery's bytes; nothing is safe yet.
    case accepted(StageID, delivery: Int)
    /// A delivery ended: what `failures` (ascending by record) does not name is safe.
    case done(StageID, delivery: Int, failures: [RecordFailure])
    /// What the stage accepted up to and with a record is safe.
    case durable(StageID, through: RecordID)
    /// What the stage accepted from a record on, and did not call safe, is gone.
    case lost(StageID, from: RecordID)
    /// Writing a dead letter ended.
    case deadLetter(LetterKey, LetterResult)
    /// A timer that the machine set has run out.
    case timer(TimerID)
    /// Another shard changed the fault domain.
    case breaker(domain: Int, DomainNews)
    /// Hand the shard back: submit nothing more; what is in flight may end until `deadline`.
    case revoked(deadline: Milliseconds)
    /// Read no more and finish everything, at the latest at `deadline`.
    case drain(deadline: Milliseconds)
    /// Hold a stage, or the whole shard; what is in flight ends.
    case pause(StageID?)
    /// The end of a pause.
    case resume(StageID?)
    /// An operator gives up the record that begins at a position and waits at a stage.
    case skip(Position, reason: String)
    /// An operator decides about a stage that waits for one.
    case resolve(StageID, Decision)
}
