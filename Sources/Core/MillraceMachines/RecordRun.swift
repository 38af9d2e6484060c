import Millrace

/// Ascending records of one batch, held compactly: consecutive plain records are two numbers, any others a list.
///
/// Indices are those of the run it was sliced from, and slices share its storage: making one costs no allocation.
/// Comparing two runs compares their records.
@frozen
public struct RecordRun: Sendable {
    @usableFromInline
    @frozen
    enum Storage: Sendable {
        /// Plain records; the one at index `i` has the offset `origin + i`.
        case plain(origin: Int64, indices: Range<Int>)
        /// Any ascending records.
        case listed(ArraySlice<RecordID>)
    }

    @usableFromInline
    var storage: Storage

    /// No records.
    @inlinable
    public init() {
        storage = .plain(origin: 0, indices: 0..<0)
    }

    /// The plain records (not from aggregates) of consecutive `offsets`.
    @inlinable
    public init(offsets: Range<Int64>) {
        storage = .plain(origin: offsets.lowerBound, indices: 0..<offsets.count)
    }

    /// The records of `list`, which must ascend. Prefer ``init(offsets:)`` where it says the same.
    @inlinable
    public init(_ list: [RecordID]) {
        storage = .listed(list[...])
    }

    /// The positions from the first record's start to the last one's end; the run must not be empty.
    @inlinable
    var extent: Range<Position> {
        self[startIndex].start..<self[endIndex - 1].end
    }
}

extension RecordRun: RandomAccessCollection {
    /// The index of the first record.
    @inlinable
    public var startIndex: Int {
        switch storage {
        case .plain(_, let indices): indices.lowerBound
        case .listed(let list): list.startIndex
        }
    }

    /// The index behind the last record.
    @inlinable
    public var endIndex: Int {
        switch storage {
        case .plain(_, let indices): indices.upperBound
        case .listed(let list): list.endIndex
        }
    }

    /// The record at `index`.
    @inlinable
    public subscript(index: Int) -> RecordID {
        switch storage {
        case .plain(let origin, let indices):
            precondition(indices.contains(index), "no record at this index")
            return RecordID(offset: origin + Int64(index))
        case .listed(let list):
            return list[index]
        }
    }

    /// The records at `bounds`, under the same indices. O(1).
    @inlinable
    public subscript(bounds: Range<Int>) -> RecordRun {
        var slice = self
        switch storage {
        case .plain(let origin, let indices):
            precondition(
                bounds.lowerBound >= indices.lowerBound && bounds.upperBound <= indices.upperBound,
                "no records at these indices")
            slice.storage = .plain(origin: origin, indices: bounds)
        case .listed(let list):
            slice.storage = .listed(list[bounds])
        }
        return slice
    }
}

extension RecordRun: Equatable {
    /// Whether both hold the same records, whatever their indices.
    public static func == (left: RecordRun, right: RecordRun) -> Bool {
        left.elementsEqual(right)
    }
}

extension RecordRun {
    /// The index of the first record that is not before `record`. O(log n), O(1) for plain runs.
    @inlinable
    public func firstIndex(notBefore record: RecordID) -> Int {
        partition { !($0 < record) }
    }

    /// The index of the first record behind `record`. O(log n), O(1) for plain runs.
    @inlinable
    public func firstIndex(after record: RecordID) -> Int {
        partition { record < $0 }
    }

    /// The first index whose record satisfies `isBehind`, which holds from some record on.
    @inlinable
    func partition(by isBehind: (RecordID) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The index of the record that begins at `position`, if it is in the run. O(log n).
    @inlinable
    public func index(at position: Position) -> Int? {
        let index = partition { !($0.start < position) }
        return index < endIndex && self[index].start == position ? index : nil
    }
}
