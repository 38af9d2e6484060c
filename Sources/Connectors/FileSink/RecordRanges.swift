import Millrace

/// A set of records, as ascending stretches of positions that do not touch each other.
struct RecordRanges: Sendable, Equatable {
    /// Everything from `start` up to `end`.
    struct Stretch: Sendable, Equatable {
        var start: Position
        var end: Position
    }

    private(set) var stretches: [Stretch] = []

    init() {}

    /// The set of these stretches; nil unless they are ascending, not empty and apart.
    init?(_ stretches: [Stretch]) {
        for (index, stretch) in stretches.enumerated() {
            guard stretch.start < stretch.end else { return nil }
            if index > 0, stretches[index - 1].end >= stretch.start { return nil }
        }
        self.stretches = stretches
    }

    var isEmpty: Bool { stretches.isEmpty }
    /// Behind the last record.
    var end: Position? { stretches.last?.end }

    /// Adds a record. Amortised O(1) where it follows what is there already, as records do.
    mutating func add(_ id: RecordID) { add(Stretch(start: id.start, end: id.end)) }

    /// Adds all records of `other`.
    mutating func add(_ other: RecordRanges) { for stretch in other.stretches { add(stretch) } }

    private mutating func add(_ stretch: Stretch) {
        guard let last = stretches.last, last.end >= stretch.start else { return stretches.append(stretch) }
        if last.start <= stretch.start {
            stretches[stretches.count - 1].end = max(last.end, stretch.end)
            return
        }
        let low = stretches.firstIndex { $0.end >= stretch.start } ?? stretches.count
        let high = stretches[low...].firstIndex { $0.start > stretch.end } ?? stretches.count
        let touched = stretches[low..<high]
        let start = min(stretch.start, touched.first?.start ?? stretch.start)
        let end = max(stretch.end, touched.last?.end ?? stretch.end)
        stretches.replaceSubrange(low..<high, with: [Stretch(start: start, end: end)])
    }

    /// Whether the whole record is in the set. Complexity: O(log n).
    func contains(_ id: RecordID) -> Bool {
        var low = 0
        var high = stretches.count
        while low < high {
            let middle = (low + high) / 2
            if stretches[middle].end < id.end { low = middle + 1 } else { high = middle }
        }
        return low < stretches.count && stretches[low].start <= id.start
    }

    /// Forgets what lies before `floor`.
    mutating func forget(before floor: Position) {
        let gone = stretches.firstIndex { $0.end > floor } ?? stretches.count
        stretches.removeFirst(gone)
        if let first = stretches.first, first.start < floor { stretches[0].start = floor }
    }
}
