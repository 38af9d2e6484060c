/// What is known of the end of a shard's log that was read to it. A value.
///
/// The last offsets may hold no record that could ever be read: the marker of a transaction, what was compacted or has
/// expired. They are no lag.
struct ReadTail: Sendable, Hashable {
    /// The offset behind the last record.
    let readTo: Int64
    /// The end that was reached; nothing lies between.
    let reached: Int64

    /// From `readTo` up to `end` there is nothing.
    init(readTo: Int64, end: Int64) {
        self.readTo = readTo
        reached = end
    }

    /// Where what can be read ends, when the broker told `heard` as the log's end (nil: nothing yet).
    func end(heard: Int64?) -> Int64 {
        guard let heard, heard > reached else { return readTo }
        return heard
    }
}
