import Millrace

/// Watches that no offset is skipped without a reason. Pure; one a shard and assignment.
///
/// librdkafka 2.0.2 has lost offsets around seeks, while compaction and transactions leave holes that are the log's
/// own. So a jump is sought back to once; one that comes again is the log's, and from then on holes are taken as
/// they come: a seek a transaction marker would ruin a transactional topic.
struct OffsetContinuity {
    /// What to do with records that were read.
    enum Answer: Equatable {
        /// Take them.
        case take
        /// Take them; the log has nothing at these offsets.
        case hole(Range<Int64>)
        /// Take them; the client had passed over these offsets, and they came at the second look.
        case found(Range<Int64>)
        /// Read again from here.
        case seekBack(Int64)
    }

    /// The offsets that were missing, and are being looked for a second time.
    private var sought: Range<Int64>?
    /// Whether holes are known to be the log's own.
    private(set) var acceptsHoles: Bool

    init(acceptsHoles: Bool) { self.acceptsHoles = acceptsHoles }

    /// Judges records that are expected to begin at `expected`: `table` holds at least one, in ascending order.
    mutating func judge(_ table: RecordTable, expected: Int64) -> Answer {
        let last = table[table.count - 1].offset
        if last - expected + 1 == Int64(table.count) { return pass(last) }
        if acceptsHoles { return .take }
        var next = expected
        var row = 0
        while row < table.count && table[row].offset == next {
            next += 1
            row += 1
        }
        guard row < table.count, table[row].offset > next else { return .take }
        return miss(next..<table[row].offset)
    }

    /// Judges offsets without a record at the end of the log, where reading is to go on.
    mutating func judge(emptyEnd offsets: Range<Int64>) -> Answer { acceptsHoles ? .take : miss(offsets) }

    /// Offsets are missing: for the first time, or again.
    private mutating func miss(_ offsets: Range<Int64>) -> Answer {
        if sought?.lowerBound == offsets.lowerBound {
            sought = nil
            acceptsHoles = true
            return .hole(offsets)
        }
        sought = offsets
        return .seekBack(offsets.lowerBound)
    }

    /// Nothing is missing up to and with `last`: what was looked for is there after all, once that is reached.
    private mutating func pass(_ last: Int64) -> Answer {
        guard let sought, last >= sought.lowerBound else { return .take }
        self.sought = nil
        return .found(sought)
    }
}
