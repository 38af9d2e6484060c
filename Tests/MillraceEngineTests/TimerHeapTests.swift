import Platform
import Testing

@testable import MillraceEngine

@Suite struct TimerHeapTests {
    @Test func timersComeInOrder() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        var heap = TimerHeap<Int64>()
        var deadlines: [Int64] = []
        for _ in 0..<500 {
            let deadline = Int64(random.next() % 100)
            deadlines.append(deadline)
            heap.add(deadline, deadline)
        }
        #expect(heap.next == deadlines.min())
        #expect(heap.pop(due: -1) == nil)
        var popped: [Int64] = []
        while let timer = heap.pop(due: 49) { popped.append(timer) }
        #expect(popped == deadlines.filter { $0 < 50 }.sorted(), "seed \(seed)")
        while let timer = heap.pop(due: .max) { popped.append(timer) }
        #expect(popped == deadlines.sorted(), "seed \(seed)")
        #expect(heap.next == nil)
    }
}
