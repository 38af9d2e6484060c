/// The name of a record within its shard: its offset and, when it came out of an aggregate, its place in there.
///
/// A record covers the positions from ``start`` up to ``end``. The last record of an offset ends at the next offset,
/// so plain records (``sub`` 0 and last) touch each other when their offsets do.
public struct RecordID: Hashable, Sendable {
    /// The offset of the source's log.
    public let offset: Int64
    /// The place in the aggregate at `offset`, from 0.
    public let sub: Int32
    /// Whether no record of the same offset follows.
    public let isLast: Bool

    /// A record of its own, or the `sub`th of an aggregate.
    public init(offset: Int64, sub: Int32 = 0, isLast: Bool = true) {
        self.offset = offset
        self.sub = sub
        self.isLast = isLast
    }

    /// The position before the record.
    public var start: Position { Position(offset: offset, sub: sub) }
    /// The position behind the record.
    public var end: Position {
        isLast ? Position(offset: offset + 1) : Position(offset: offset, sub: sub + 1)
    }
}

extension RecordID: Comparable {
    /// The natural order.
    public static func < (left: RecordID, right: RecordID) -> Bool {
        left.offset != right.offset ? left.offset < right.offset : left.sub < right.sub
    }
}

extension RecordID: CustomStringConvertible {
    /// `offset`, or `offset.sub` inside an aggregate.
    public var description: String { start.description }
}
