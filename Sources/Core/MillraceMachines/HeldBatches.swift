import Millrace

/// The batches that the machine needs, and what needs them: a batch is free when no piece and no letter is left of it.
///
/// Counting is O(log n) a piece, and a step looks only at batches that lost their last user.
struct HeldBatches: Sendable {
    private struct Entry: Sendable {
        let number: Int
        let span: Range<Position>
        /// Pieces of required stages, and letters.
        var required = 0
        /// Pieces of optional stages; once released, letters too.
        var optional = 0
        /// Its credit was given back; optional stages still need it.
        var isReleased = false
    }

    /// Ascending by number.
    private var entries: [Entry] = []
    /// Batches that lost a last user since the last look.
    private var idle: [Int] = []
    /// Batches whose credit is in use.
    private(set) var count = 0
    /// The end of everything admitted in this epoch.
    private(set) var top: Position
    /// Batches that begin below were read next to or before a rewind, and may overlap.
    private var overlapEnd: Position

    /// Whether there is anything to look at.
    var hasIdle: Bool { !idle.isEmpty }

    init(from position: Position) {
        top = position
        overlapEnd = position
    }

    mutating func admit(_ number: Int, _ span: Range<Position>) {
        if span.lowerBound < top { overlapEnd = max(overlapEnd, top) }
        top = max(top, span.upperBound)
        entries.append(Entry(number: number, span: span))
        idle.append(number)  // it may have no record for anybody
        count += 1
    }

    private func index(of number: Int) -> Int? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].number == number ? low : nil
    }

    /// A piece or a letter needs batch `number`.
    mutating func hold(_ number: Int, isRequired: Bool) {
        guard let index = index(of: number) else { return }
        if isRequired, !entries[index].isReleased {
            entries[index].required += 1
        } else {
            entries[index].optional += 1
        }
    }

    /// A piece or a letter needs batch `number` no more.
    mutating func drop(_ number: Int, isRequired: Bool) {
        guard let index = index(of: number) else { return }
        if isRequired, !entries[index].isReleased {
            entries[index].required -= 1
            if entries[index].required == 0 { idle.append(number) }
        } else {
            entries[index].optional -= 1
            if entries[index].isReleased, entries[index].optional == 0 { idle.append(number) }
        }
    }

    /// Lets go of what nothing needs any more.
    ///
    /// `isNeeded` tells of a span whether a record in it waits, flies or is a letter: after a rewind a batch is kept while
    /// those that were read over it are in use.
    mutating func release(unless isNeeded: (Range<Position>) -> Bool, _ act: (ShardAction) -> Void) {
        var kept: [Int] = []
        for number in idle {
            guard let index = index(of: number) else { continue }
            let entry = entries[index]
            guard !entry.isReleased else {
                if entry.optional == 0 {
                    entries.remove(at: index)
                    act(.forget(batch: number))
                }
                continue
            }
            guard entry.required == 0 else { continue }
            if entry.span.lowerBound < overlapEnd, isNeeded(entry.span) {
                if !kept.contains(number) { kept.append(number) }
                continue
            }
            count -= 1
            act(.release(batch: number, isLagging: entry.optional > 0))
            if entry.optional > 0 { entries[index].isReleased = true } else { entries.remove(at: index) }
        }
        idle.removeAll(keepingCapacity: true)
        idle.append(contentsOf: kept)
    }

    /// The epoch ended: nothing is needed any more.
    mutating func releaseAll(_ act: (ShardAction) -> Void) {
        for entry in entries {
            act(entry.isReleased ? .forget(batch: entry.number) : .release(batch: entry.number, isLagging: false))
        }
        self = HeldBatches(from: top)
    }
}
