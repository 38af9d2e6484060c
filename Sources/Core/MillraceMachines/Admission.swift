import Millrace

/// A batch that was read, and what of it is for whom.
public struct Admission: Sendable {
    /// What one stage gets of the batch.
    public struct Portion: Sendable {
        /// The records for the stage, some of ``Admission/records``; `nil`: all of them. The others count as filtered.
        public var records: RecordRun?
        /// Their weight in the unit of ``StageSpec/maxLag`` (bytes). Pieces weigh by their share of the records.
        public var weight: Int

        /// A portion of a batch.
        public init(records: RecordRun? = nil, weight: Int) {
            self.records = records
            self.weight = weight
        }
    }

    /// A record that failed in a pure stage (decode, a transform) and so becomes a dead letter.
    public struct Dead: Sendable {
        /// The record, one of ``Admission/records``.
        public var record: RecordID
        /// The pure stage, in the words of the dead letter.
        public var place: String
        /// The dead letter's reason.
        public var reason: String
        /// What is wrong with the record.
        public var message: String
        /// The stage that alone is without it, where the pure stage is that stage's own; `nil`: all are.
        public var stage: StageID?

        /// A failed record.
        public init(record: RecordID, place: String, reason: String, message: String, stage: StageID? = nil) {
            self.record = record
            self.place = place
            self.reason = reason
            self.message = message
            self.stage = stage
        }
    }

    /// The batch's number; numbers of a shard count up.
    public var batch: Int
    /// The positions `first..<next` were read.
    public var first: Position
    /// The position after the batch.
    public var next: Position
    /// All records read, those in ``dead`` included.
    public var records: RecordRun
    /// What the stages get, by their index; empty: all of them everything, at a weight of 1 a record.
    public var portions: [Portion]
    /// What failed in pure stages, ascending by record.
    public var dead: [Dead]

    /// A batch.
    public init(
        batch: Int, first: Position, next: Position, records: RecordRun, portions: [Portion] = [], dead: [Dead] = []
    ) {
        self.batch = batch
        self.first = first
        self.next = next
        self.records = records
        self.portions = portions
        self.dead = dead
    }
}
