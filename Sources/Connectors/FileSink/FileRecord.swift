import Millrace

/// What is certain about a shard's file, as it stands in the state file beside it.
///
/// It is written after the file's own sync, and before anybody is told that something is durable. So whichever record
/// a start finds, it is true: the file holds at least `length` bytes, and in them, or in files finished earlier, every
/// record of `known`. What the file holds beyond that was never told to be durable, and is cut off.
struct FileRecord: Sendable, Equatable {
    /// Rises by one with every record.
    var sequence: UInt64 = 0
    /// How many bytes of the file are safe; they end behind a whole record.
    var length: Int64 = 0
    /// The offset of the file's first record, nil when nothing was written to it or when it was begun by others.
    var first: Int64?
    /// From here on `known` is complete; nil before the first record.
    var floor: Position?
    /// The records that are safe, from `floor` on.
    var known = RecordRanges()
    /// The file is about to get the name for `first` and this number, or has it already.
    var rotation: Int?

    /// Which of the two slots of the state file it goes to.
    var slot: Int { Int(sequence % 2) }
}
