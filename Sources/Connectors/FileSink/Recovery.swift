import Millrace

/// What a look at the disk brought, before a file is written on.
struct FileFacts: Sendable, Equatable {
    /// The newest record of the state file.
    var record: FileRecord?
    /// The size of the file; nil when there is none.
    var size: Int64?
    /// The place behind the file's last whole record. Only looked for when the record does not say how far the file is good.
    var lineEnd: Int64 = 0
    /// The size of the file that has the name which the record's rotation is about; nil when there is none.
    var rotatedSize: Int64?
}

/// How a file is written on: a pure decision over ``FileFacts``.
struct Recovery: Sendable, Equatable {
    /// What is worth a line in the log.
    enum Finding: Sendable, Equatable {
        /// Nothing.
        case none
        /// What stood behind the last safe line was cut off; it will be delivered again.
        case cut(bytes: Int64)
        /// The file is shorter than what was safe, or gone: somebody else moved, cut or removed it.
        case shrunk(from: Int64, to: Int64)
    }

    /// The record to go on from. Its length is where the file is cut.
    let record: FileRecord
    let finding: Finding

    /// The rule.
    ///
    /// With a record, the file is cut back to the record's length: everything up to there is whole and safe, everything
    /// behind it was never called durable. A file that is missing or empty while its rotation was written down has
    /// been renamed already, if a file of the new name and exactly that length is there. Any other file shorter than
    /// its record was changed by somebody else; then nothing is known any more, and what is read again is written
    /// again. Without a record (a file that somebody else began), a last line without its end is cut off.
    init(_ facts: FileFacts) {
        let size = facts.size ?? 0
        guard var record = facts.record else {
            record = FileRecord(length: facts.lineEnd)
            finding = size > facts.lineEnd ? .cut(bytes: size - facts.lineEnd) : .none
            return
        }
        if size >= record.length {
            record.rotation = nil
            finding = size > record.length ? .cut(bytes: size - record.length) : .none
        } else if record.rotation != nil, size == 0, facts.rotatedSize == record.length {
            record.rotation = nil
            record.length = 0
            record.first = nil
            finding = .none
        } else {
            finding = .shrunk(from: record.length, to: facts.lineEnd)
            record = FileRecord(sequence: record.sequence, length: facts.lineEnd)
        }
        self.record = record
    }
}
