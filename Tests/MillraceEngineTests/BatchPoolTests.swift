import Millrace
import Testing

@testable import MillraceEngine

@Suite struct BatchPoolTests {
    @Test func whatWasGivenIsTakenAgain() {
        let pool = BatchPool(limit: 64 << 20)
        let memory = pool.take()
        pool.give(memory)
        #expect(pool.take() === memory)
        #expect(pool.take() !== memory)
    }

    /// Bytes count, not batches: many small ones are kept, and of large ones a few.
    @Test func keepsToItsBytes() {
        let one = BatchMemory().bytes
        let pool = BatchPool(limit: 3 * one)
        let all = (0..<5).map { _ in pool.take() }
        for memory in all { pool.give(memory) }
        let kept = (0..<5).map { _ in pool.take() }.filter { taken in all.contains { $0 === taken } }
        #expect(kept.count == 3)
        // What was taken makes room again.
        pool.give(all[0])
        #expect(pool.take() === all[0])
    }

    @Test func whatIsLargerThanAllIsNotKept() {
        let pool = BatchPool(limit: 2 << 20)
        let memory = pool.take()
        let record = Record(offset: 0, timestamp: 0, payload: nil, key: nil, origin: 0, hasHeaders: false)
        for _ in 0..<40_000 { memory.source.append(record) }
        pool.give(memory)
        #expect(pool.take() !== memory)
    }
}
