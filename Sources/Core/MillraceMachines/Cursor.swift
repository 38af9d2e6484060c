import Millrace

/// What of a shard one stage is done with: everything below a low watermark, and ranges above it.
///
/// Done means delivered, dead-lettered, filtered, abandoned, or no record there. The ranges ascend, are not empty, and
/// neither touch each other nor the watermark.
public struct Cursor: Sendable {
    /// Everything below is done.
    public private(set) var low: Position
    /// The ranges of ``done``, from ``head`` on; those before it were reached by the watermark and wait for a clean-up.
    private var ranges: [Range<Position>] = []
    private var head = 0

    /// A cursor from its watermark and the ranges done above, in any order.
    public init(low: Position, done: some Sequence<Range<Position>> = EmptyCollection()) {
        self.low = low
        for range in done { add(range) }
    }

    /// The ranges done above the watermark, ascending.
    public var done: ArraySlice<Range<Position>> { ranges[head...] }

    /// The end of everything that is done.
    public var top: Position { head < ranges.count ? ranges[ranges.count - 1].upperBound : low }

    /// Whether `position` is done. O(log n) of the ranges.
    public func contains(_ position: Position) -> Bool {
        guard position >= low else { return true }
        let index = firstRange { $0.upperBound > position }
        return index < ranges.count && ranges[index].contains(position)
    }

    /// The first range from ``head`` on that satisfies `isBehind`, which holds from some range on.
    private func firstRange(by isBehind: (Range<Position>) -> Bool) -> Int {
        var (first, end) = (head, ranges.count)
        while first < end {
            let middle = first + (end - first) / 2
            if isBehind(ranges[middle]) { end = middle } else { first = middle + 1 }
        }
        return first
    }
}

extension Cursor: Equatable {
    /// Whether the same positions are done.
    public static func == (left: Cursor, right: Cursor) -> Bool {
        left.low == right.low && left.done == right.done
    }
}

// MARK: - Adding

extension Cursor {
    /// Adds the positions of `range`; true when that changed anything. O(log n) where it joins or follows what is there.
    @discardableResult
    public mutating func add(_ range: Range<Position>) -> Bool {
        guard !range.isEmpty, range.upperBound > low else { return false }
        return add(ascending: CollectionOfOne(range).makeIterator())
    }

    /// Adds the records of `run`: O(log n) for consecutive plain records, else linear in the run and in the ranges that
    /// it meets.
    @discardableResult
    public mutating func add(_ run: RecordRun) -> Bool {
        guard !run.isEmpty else { return false }
        switch run.storage {
        case .plain: return add(run.extent)
        case .listed(let records): return add(ascending: RecordSpans(records))
        }
    }

    /// Adds what `run` leaves out of `bounds`, within which it lies; true when that changed anything.
    mutating func add(gapsOf run: RecordRun, in bounds: Range<Position>) -> Bool {
        switch run.storage {
        case .plain where run.isEmpty:
            return add(bounds)
        case .plain:
            let before = add(bounds.lowerBound..<run.extent.lowerBound)
            let after = add(run.extent.upperBound..<bounds.upperBound)
            return before || after
        case .listed(let records):
            return add(ascending: RecordGaps(records, in: bounds))
        }
    }

    /// Adds ranges that ascend, are not empty and do not overlap; true when that changed anything.
    @discardableResult
    mutating func add(ascending source: some IteratorProtocol<Range<Position>>) -> Bool {
        var source = source
        var changed = false
        var next = source.next()
        while let range = next, range.lowerBound <= low {
            changed = raise(to: range.upperBound) || changed
            next = source.next()
        }
        guard let range = next else { return changed }
        if head == ranges.count || ranges[ranges.count - 1].upperBound < range.lowerBound {
            append(range, source)
            return true
        }
        return merge(range, source) || changed
    }

    /// Lifts the watermark, over the ranges that it reaches.
    private mutating func raise(to position: Position) -> Bool {
        guard position > low else { return false }
        low = position
        while head < ranges.count, ranges[head].lowerBound <= low {
            low = max(low, ranges[head].upperBound)
            head += 1
        }
        if head * 2 >= ranges.count {  // at least as much to drop as to move: O(1) a range, all in all
            ranges.removeFirst(head)
            head = 0
        }
        return true
    }

    /// Adds ranges that all lie behind what is there.
    private mutating func append(_ first: Range<Position>, _ source: some IteratorProtocol<Range<Position>>) {
        var source = source
        var last = first
        while let range = source.next() {
            if range.lowerBound == last.upperBound {
                last = last.lowerBound..<range.upperBound
            } else {
                ranges.append(last)
                last = range
            }
        }
        ranges.append(last)
    }

    /// Merges ranges with those that they meet.
    private mutating func merge(_ first: Range<Position>, _ source: some IteratorProtocol<Range<Position>>) -> Bool {
        var source = source
        let start = firstRange { $0.upperBound >= first.lowerBound }
        var index = start
        var merged: [Range<Position>] = []

        func join(_ range: Range<Position>) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }

        var next: Range<Position>? = first
        while let range = next {
            while index < ranges.count, ranges[index].lowerBound <= range.lowerBound {
                join(ranges[index])
                index += 1
            }
            join(range)
            next = source.next()
        }
        while index < ranges.count, ranges[index].lowerBound <= merged[merged.count - 1].upperBound {
            join(ranges[index])
            index += 1
        }
        guard ranges[start..<index] != merged[...] else { return false }
        ranges.replaceSubrange(start..<index, with: merged)
        return true
    }
}
