/// One stage of the pipeline (a sink), by its place among the stages a ``ShardMachine`` was made with.
public struct StageID: Hashable, Sendable {
    /// The place, from 0.
    public let index: Int

    /// The stage at `index`.
    @inlinable
    public init(_ index: Int) {
        self.index = index
    }
}

extension StageID: Comparable {
    /// By place.
    public static func < (left: StageID, right: StageID) -> Bool { left.index < right.index }
}
