import Millrace
import Platform

/// Lines that belong together, with the records they came from: what goes to the file in one write.
struct Chunk: Sendable {
    /// The lines, each with its line feed; nil when none of the records has one to write.
    let bytes: ByteBuffer?
    /// The first record, whether it has a line or not.
    let first: RecordID
    /// The last one.
    let last: RecordID
    /// The records that have a line.
    let written: RecordRanges
    /// Whether the records begin before everything that the file knows of: they are run again, and nothing is skipped.
    let isRerun: Bool

    /// The number of bytes to write.
    var count: Int { bytes?.count ?? 0 }
}
