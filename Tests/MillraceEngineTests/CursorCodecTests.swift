import Millrace
import MillraceMachines
import Platform
import Testing

@testable import MillraceEngine

@Suite struct CursorCodecTests {
    private func cursor(_ low: Int64, _ done: [Range<Int64>] = []) -> Cursor {
        Cursor(
            low: Position(offset: low),
            done: done.map { Position(offset: $0.lowerBound)..<Position(offset: $0.upperBound) })
    }

    @Test func namesAndIntervalsSurvive() {
        let names = ["clean", "my sink=%"]
        let cursors = [cursor(120, [125..<130, 140..<141]), cursor(100)]
        let text = CursorCodec.encode(names, cursors, checkpoint: 100, limit: 4_000)
        #expect(CursorCodec.decode(text, names, checkpoint: 100) == cursors.map { Optional($0) })
        #expect(CursorCodec.decode(text, ["other"], checkpoint: 100) == [nil])
    }

    @Test func anOptionalSinkMayBeBehind() {
        let text = CursorCodec.encode(["a"], [cursor(40, [50..<60])], checkpoint: 100, limit: 4_000)
        #expect(CursorCodec.decode(text, ["a"], checkpoint: 100) == [cursor(40, [50..<60])])
    }

    @Test func aggregatesKeepTheirSubs() {
        let low = Position(offset: 7, sub: 3)
        let text = CursorCodec.encode(["a"], [Cursor(low: low)], checkpoint: 7, limit: 4_000)
        #expect(CursorCodec.decode(text, ["a"], checkpoint: 7) == [Cursor(low: low)])
    }

    @Test(arguments: [1, 10, 50, 200, 4_000])
    func whatDoesNotFitIsDroppedFromTheTop(_ limit: Int) {
        let done: [Range<Int64>] = (0..<1_000).map { (index: Int64) in (1_000 + 10 * index)..<(1_003 + 10 * index) }
        let cursors = [cursor(1_000 - 5, done), cursor(990)]
        let text = CursorCodec.encode(["a", "b"], cursors, checkpoint: 990, limit: limit)
        #expect(text.utf8.count <= max(limit, 1))
        let read = CursorCodec.decode(text, ["a", "b"], checkpoint: 990)
        guard let first = read[0] else { return }
        #expect(first.low == cursors[0].low)
        #expect(Array(first.done) == Array(cursors[0].done.prefix(first.done.count)))
    }

    @Test(arguments: [
        "", "2 a=1", "garbage", "1 a=", "1 a=x", "1 a=1+5-3", "1 a=1+-", "1 =", "1 a=9223372036854775807+1-2",
        "1 %zz=1",
    ])
    func foreignTextIsNone(_ text: String) {
        #expect(CursorCodec.decode(text, ["a"], checkpoint: 5) == [nil])
    }

    @Test func randomCursorsSurvive() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let low = Int64(random.next() % 1_000_000)
            var at = low
            var done: [Range<Int64>] = []
            for _ in 0..<Int(random.next() % 20) {
                let from = at + 1 + Int64(random.next() % 50)
                at = from + 1 + Int64(random.next() % 50)
                done.append(from..<at)
            }
            let one = cursor(low, done)
            let text = CursorCodec.encode(["s"], [one], checkpoint: low - 3, limit: 4_000)
            #expect(CursorCodec.decode(text, ["s"], checkpoint: low - 3) == [one], "seed \(seed)")
        }
    }
}
