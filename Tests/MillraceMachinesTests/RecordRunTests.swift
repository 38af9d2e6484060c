import Millrace
import Testing

@testable import MillraceMachines

@Suite struct RecordRunTests {
    @Test func plainAndListedAreTheSame() {
        let plain = RecordRun(offsets: 5..<9)
        let listed = RecordRun((5..<9).map { RecordID(offset: $0) })
        #expect(plain == listed)
        #expect(plain.extent == listed.extent)
        #expect(plain[1..<3] == listed[1..<3])
        #expect(plain[1..<3].offsets == [6, 7])
        #expect(plain[2...].startIndex == 2)
        #expect(RecordRun().isEmpty)
    }

    @Test(arguments: [RecordRun(offsets: 3..<7), RecordRun((3..<7).map { RecordID(offset: $0) })])
    func findsRecords(run: RecordRun) {
        for offset in Int64(0)..<10 {
            let record = RecordID(offset: offset)
            #expect(run.firstIndex(notBefore: record) == Int(min(max(offset, 3), 7) - 3))
            #expect(run.firstIndex(after: record) == Int(min(max(offset + 1, 3), 7) - 3))
            #expect(run.index(at: record.start) == (3..<7 ~= offset ? Int(offset - 3) : nil))
            #expect(run.firstIndex(notBefore: RecordID(offset: offset, sub: 1)) == run.firstIndex(after: record))
        }
    }

    @Test(arguments: UInt64(1)...50) func spansAndGapsCover(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let all = NaivePositions.records
        let chosen = all.filter { _ in !random.once(in: 3) }
        let bounds = all[0].start..<all[all.count - 1].end

        var spans: [Range<Position>] = []
        var spanIterator = RecordSpans(chosen[...])
        while let span = spanIterator.next() { spans.append(span) }
        var gaps: [Range<Position>] = []
        var gapIterator = RecordGaps(chosen[...], in: bounds)
        while let gap = gapIterator.next() { gaps.append(gap) }

        for record in all {
            #expect(spans.contains { $0.contains(record.start) } == chosen.contains(record), "seed \(seed)")
            #expect(gaps.contains { $0.contains(record.start) } == !chosen.contains(record), "seed \(seed)")
        }
        #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }, "seed \(seed)")
        #expect((spans + gaps).allSatisfy { !$0.isEmpty && bounds.clamped(to: $0) == $0 }, "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...50) func choiceKeepsWhatIsChosen(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let run = RecordRun(offsets: 10..<30)[3...]
        var choice = RecordChoice(of: run)
        var expected: [RecordID] = []
        for index in run.indices where random.once(in: seed.isMultiple(of: 2) ? 2 : 20) {
            choice.append(index)
            expected.append(run[index])
        }
        #expect(choice.records == RecordRun(expected), "seed \(seed)")
    }
}

/// A few offsets, some of them aggregates, to compare with a set.
enum NaivePositions {
    /// Offsets 0 to 19; every third is an aggregate of three.
    static let records: [RecordID] = (0..<20).flatMap { offset in
        offset % 3 == 0
            ? (0..<3).map { RecordID(offset: Int64(offset), sub: $0, isLast: $0 == 2) }
            : [RecordID(offset: Int64(offset))]
    }
}
