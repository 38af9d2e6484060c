import Millrace
import Testing

@testable import MillraceMachines

/// The cursor beside a set of records.
@Suite struct CursorTests {
    private let records = NaivePositions.records

    @Test(arguments: UInt64(1)...300) func agreesWithASet(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var cursor = Cursor(low: Position(offset: 0))
        var done: Set<RecordID> = []
        while done.count < records.count {
            let chosen = choose(&random)
            let isNew = chosen.contains { !done.contains($0) }
            done.formUnion(chosen)
            let isChanged = add(chosen, to: &cursor, &random)
            #expect(isChanged == isNew, "seed \(seed)")
            expectSame(cursor, done, seed)
        }
        #expect(cursor.low == Position(offset: 20) && cursor.done.isEmpty)
    }

    /// Records one after the other, or some here and there.
    private func choose(_ random: inout SplitMix64) -> [RecordID] {
        let start = Int.random(in: 0..<records.count, using: &random)
        let end = min(records.count, start + Int.random(in: 1...12, using: &random))
        let isDense = random.once(in: 2)
        let chosen = records[start..<end].filter { _ in isDense || random.once(in: 2) }
        return chosen.isEmpty ? [records[start]] : chosen
    }

    private func add(_ chosen: [RecordID], to cursor: inout Cursor, _ random: inout SplitMix64) -> Bool {
        let isContiguous = zip(chosen, chosen.dropFirst()).allSatisfy { $0.end == $1.start }
        if isContiguous, random.once(in: 2) {
            return cursor.add(chosen[0].start..<chosen[chosen.count - 1].end)
        }
        if random.once(in: 3) {  // what the records leave out, where they leave something out
            let bounds = chosen[0].start..<chosen[chosen.count - 1].end
            let others = records.filter { bounds.contains($0.start) && !chosen.contains($0) }
            return cursor.add(gapsOf: RecordRun(others), in: bounds)
        }
        return cursor.add(RecordRun(chosen))
    }

    private func expectSame(_ cursor: Cursor, _ done: Set<RecordID>, _ seed: UInt64) {
        let low = records.first { !done.contains($0) }?.start ?? Position(offset: 20)
        #expect(cursor.low == low, "seed \(seed)")
        for record in records {
            #expect(cursor.contains(record.start) == done.contains(record), "seed \(seed) record \(record)")
        }
        #expect(cursor.top == records.last(where: done.contains)?.end ?? low, "seed \(seed)")
        #expect(cursor.done.allSatisfy { !$0.isEmpty && $0.lowerBound > low }, "seed \(seed)")
        #expect(zip(cursor.done, cursor.done.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }, "seed \(seed)")
        #expect(Cursor(low: cursor.low, done: cursor.done.reversed()) == cursor, "seed \(seed)")
    }

    @Test func restoresFromAnyIntervals() {
        let position = { Position(offset: $0) }
        let cursor = Cursor(low: position(5), done: [position(7)..<position(9), position(1)..<position(6)])
        #expect(cursor.low == position(6))
        #expect(Array(cursor.done) == [position(7)..<position(9)])
        #expect(!cursor.contains(position(6)) && cursor.contains(position(8)) && !cursor.contains(position(9)))
    }

    /// In order, and with the lowest record always last: the ranges must not pile up, nor vanish.
    @Test func keepsUpInALongRun() {
        var cursor = Cursor(low: Position(offset: 0))
        for block in 0..<1000 {
            let base = Int64(block * 4)
            for offset in [3, 1, 2, 0] as [Int64] { cursor.add(RecordRun(offsets: base + offset..<base + offset + 1)) }
            #expect(cursor.low == Position(offset: base + 4) && cursor.done.isEmpty)
        }
    }
}
