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
        /// Read again from here.
        case seekBack(Int64)
    }

    private var sought: Int64?
    private var isLossExpected = false
    /// Whether holes are known to be the log's own.
    private(set) var acceptsHoles: Bool

    init(acceptsHoles: Bool) { self.acceptsHoles = acceptsHoles }

    /// The log's start moved behind the expected offset, and that was told: the next jump is no surprise.
    mutating func expectLoss() { isLossExpected = true }

    /// Judges records that are expected to begin at `expected`: `table` holds at least one, in ascending order.
    mutating func judge(_ table: RecordTable, expected: Int64) -> Answer {
        let last = table[table.count - 1].offset
        if last - expected + 1 == Int64(table.count) { return .take }
        if acceptsHoles { return .take }
        if isLossExpected {
            isLossExpected = false
            return .take
        }
        var next = expected
        var row = 0
        while row < table.count && table[row].offset == next {
            next += 1
            row += 1
        }
        guard row < table.count, table[row].offset > next else { return .take }
        if sought == next {
            acceptsHoles = true
            return .hole(next..<table[row].offset)
        }
        sought = next
        return .seekBack(next)
    }
}
