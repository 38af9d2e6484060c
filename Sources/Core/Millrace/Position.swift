/// A place in a shard, before or after records: an offset and, inside an aggregate, how many of its records lie before.
///
/// Positions order lexicographically. Cursors and checkpoints are positions; what is committed to the source is the
/// offset of the checkpoint's position.
public struct Position: Hashable, Comparable, Sendable {
    /// The offset of the source's log.
    public var offset: Int64
    /// The number of records of the aggregate at `offset` that lie before this position; 0 for plain records.
    public var sub: Int32

    /// The position before record `sub` of `offset`.
    public init(offset: Int64, sub: Int32 = 0) {
        self.offset = offset
        self.sub = sub
    }

    /// The natural order.
    public static func < (left: Position, right: Position) -> Bool {
        left.offset != right.offset ? left.offset < right.offset : left.sub < right.sub
    }
}

extension Position: CustomStringConvertible {
    /// `offset`, or `offset.sub` inside an aggregate.
    public var description: String { sub == 0 ? "\(offset)" : "\(offset).\(sub)" }
}
