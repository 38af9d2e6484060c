import Millrace
import Testing

@testable import MillraceMachines

@Suite struct BisectionTests {
    @Test(arguments: 2...64) func halvesCoverThePiece(count: Int) {
        let records = RecordRun(offsets: 7..<7 + Int64(count))
        let piece = Piece(records: records, batch: 1, root: records[0], weight: 3 * count + 1)
        let halves = Bisection.halves(of: piece)
        #expect(halves[0].records.offsets + halves[1].records.offsets == records.offsets)
        #expect([0, 1].contains(halves[0].records.count - halves[1].records.count))
        #expect(halves[0].weight + halves[1].weight == piece.weight)
        #expect(halves.map(\.path.description) == ["L", "R"])
        #expect(
            Bisection.halves(of: halves[1].records.count > 1 ? halves[1] : halves[0])[0].path.description.count == 2)
    }

    /// One record of a batch is refused: it alone becomes a dead letter, whatever its place.
    @Test(arguments: 1...64) func findsOneInFewCalls(count: Int64) {
        for bad in 0..<count { expectFound([bad], of: count) }
    }

    @Test(arguments: 1...7) func findsAnySet(count: Int64) {
        for set in 1..<UInt64(1) << UInt64(count) {
            expectFound(Set((0..<count).filter { set >> UInt64($0) & 1 == 1 }), of: count)
        }
    }

    @Test(arguments: UInt64(1)...60) func findsManyInFewCalls(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let count = Int64.random(in: 8...64, using: &random)
        let bad = (0..<Int.random(in: 1...12, using: &random)).map { _ in Int64.random(in: 0..<count, using: &random) }
        expectFound(Set(bad), of: count, "seed \(seed)")
    }

    /// Within 2p·(⌈log₂ n⌉ − ⌊log₂ p⌋ + 1) − 1 calls, the first one included (F42).
    private func expectFound(_ bad: Set<Int64>, of count: Int64, _ comment: Comment? = nil) {
        var shard = TestShard(domain: FaultDomain(unwitnessed: 100))
        var open = shard.admit(count)
        var (calls, letters, landed): (Int, [Int64], [Int64]) = (0, [], [])
        while !open.isEmpty {
            switch open.removeFirst() {
            case .submit(let submission):
                calls += 1
                let isBad = submission.records.contains { bad.contains($0.offset) }
                if !isBad { landed += submission.records.offsets }
                open += isBad ? shard.fail(submission, .rejected) : shard.end(submission)
            case .deadLetter(let letter):
                letters.append(letter.key.record.offset)
                open += shard.feed(.deadLetter(letter.key, .written))
            default: break
            }
        }
        let depth =
            (Int.bitWidth - (Int(count) - 1).leadingZeroBitCount) - (Int.bitWidth - 1 - bad.count.leadingZeroBitCount)
        #expect(calls <= 2 * bad.count * (depth + 1) - 1, comment)
        #expect(letters == bad.sorted(), comment)
        #expect(landed == (0..<count).filter { !bad.contains($0) }, comment)
        #expect(shard.machine.checkpoint == Position(offset: count), comment)
    }

    @Test(arguments: UInt64(1)...100) func outcomeSortsRecords(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let records = RecordRun(offsets: 0..<24)[4...]
        var failures: [RecordFailure] = []
        for offset in Int64(0)..<24 where random.once(in: 2) {
            let kind = FailureClass.allCases.randomElement(using: &random) ?? .poison
            failures.append(RecordFailure(RecordID(offset: offset), Failure(kind, "\(offset)")))
        }
        let (delivered, runs) = Bisection.outcome(of: records, failures: failures)
        let kinds = Dictionary(uniqueKeysWithValues: failures.map { ($0.record, $0.failure.kind) })
        #expect(delivered.offsets == records.filter { kinds[$0] == nil }.map(\.offset), "seed \(seed)")
        #expect(
            runs.flatMap { $0.records.offsets } == records.filter { kinds[$0] != nil }.map(\.offset), "seed \(seed)")
        for run in runs {
            #expect(run.records.allSatisfy { kinds[$0] == run.kind }, "seed \(seed)")
            #expect(run.kind != .poison || run.records.count == 1, "seed \(seed)")
            #expect(run.failure.message == "\(run.records.offsets[0])", "seed \(seed)")
        }
        #expect(zip(runs, runs.dropFirst()).allSatisfy { $0.kind != $1.kind || $0.kind == .poison }, "seed \(seed)")
    }
}
