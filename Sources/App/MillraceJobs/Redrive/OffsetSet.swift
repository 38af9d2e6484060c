/// A set of offsets, kept as ranges that neither touch nor overlap. Pure.
struct OffsetSet: Sendable, Hashable {
    /// The ranges, ascending.
    private(set) var ranges: [Range<Int64>] = []

    /// The empty set.
    init() {}

    /// The offsets of `ranges`, in any order; empty ones count for nothing.
    init(_ ranges: some Sequence<Range<Int64>>) { for range in ranges { insert(range) } }

    /// How many offsets it has.
    var count: Int { ranges.reduce(0) { $0 + $1.count } }

    /// Whether `offset` is in it. Complexity: O(log ranges).
    func contains(_ offset: Int64) -> Bool {
        let index = first { $0.upperBound > offset }
        return index < ranges.count && ranges[index].lowerBound <= offset
    }

    /// Adds `offset`. Complexity: O(log ranges), and O(ranges) where one is made or joined in the middle.
    mutating func insert(_ offset: Int64) { insert(offset..<offset + 1) }

    /// Adds `range`.
    mutating func insert(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        let low = first { $0.upperBound >= range.lowerBound }
        var high = low
        var joined = range
        while high < ranges.count && ranges[high].lowerBound <= range.upperBound {
            joined = min(joined.lowerBound, ranges[high].lowerBound)..<max(joined.upperBound, ranges[high].upperBound)
            high += 1
        }
        ranges.replaceSubrange(low..<high, with: CollectionOfOne(joined))
    }

    /// Leaves out everything before `offset`.
    mutating func forget(before offset: Int64) {
        ranges.removeFirst(first { $0.upperBound > offset })
        if let range = ranges.first, range.lowerBound < offset { ranges[0] = offset..<range.upperBound }
    }

    /// The first range that `isBehind` holds of, as it does of all later ones.
    private func first(where isBehind: (Range<Int64>) -> Bool) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(ranges[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
