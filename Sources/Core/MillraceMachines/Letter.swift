import Millrace

/// The name of a dead letter within its shard: a record has at most one at each place.
public struct LetterKey: Hashable, Sendable {
    /// Where a record failed.
    public enum Place: Hashable, Sendable {
        /// At a stage.
        case stage(StageID)
        /// In a pure stage, in the words of ``Admission/Dead/place``.
        case pure(String)
    }

    /// Where the record failed.
    public let place: Place
    /// The record.
    public let record: RecordID

    /// The letter of `record` at `place`.
    public init(_ place: Place, _ record: RecordID) {
        self.place = place
        self.record = record
    }
}

/// A dead letter to be written.
public struct Letter: Sendable {
    /// Why the record was given up.
    public enum Reason: Hashable, Sendable {
        /// The stage named it as poison.
        case poison
        /// The stage named it as poison for its size.
        case tooLarge
        /// The stage refused it alone, once more, and is not under suspicion itself.
        case rejected
        /// Its attempts failed, its quota is spent, and a witness speaks for the stage.
        case exhausted
        /// It failed as long ago as a record may wait, whoever is at fault.
        case expired
        /// An operator gave it up.
        case skipped
        /// A pure stage failed on it, for this reason.
        case pure(String)
    }

    /// How much of the record to write.
    public enum Form: Sendable {
        /// The whole record.
        case full
        /// Headers alone, which say where it lies: the whole was too large.
        case reference
    }

    /// Its name, for the answer.
    public let key: LetterKey
    /// The batch that holds the record's bytes.
    public let batch: Int
    /// Why the record was given up.
    public let reason: Reason
    /// The last failure's message, or the operator's words.
    public let message: String
    /// Attempts to deliver the record, alone or with others; 0 in a pure stage.
    public let attempts: Int
    /// How the record was singled out.
    public let path: BisectionPath
    /// How much of it to write.
    public internal(set) var form = Form.full
}

/// How writing a dead letter ended.
public enum LetterResult: Sendable {
    /// The DLQ has it for good.
    case written
    /// It could not be written; the machine will ask again.
    case transient
    /// The DLQ does not take a record of this size.
    case tooLarge
}

/// What to do with a record that is too large for the DLQ.
public enum Oversize: Sendable {
    /// Write a letter without the record: headers that say where it lies.
    case reference
    /// Wait, until the DLQ takes it.
    case wait
}
