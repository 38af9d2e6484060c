import Millrace
import Testing

@testable import MillraceEngine

@Suite struct OffsetContinuityTests {
    private func table(_ offsets: [Int64]) -> RecordTable {
        let table = RecordTable()
        for offset in offsets {
            table.append(Record(offset: offset, timestamp: 0, payload: nil, key: nil, origin: 0, hasHeaders: false))
        }
        return table
    }

    @Test func consecutiveOffsetsAreTaken() {
        var continuity = OffsetContinuity(acceptsHoles: false)
        #expect(continuity.judge(table([5, 6, 7]), expected: 5) == .take)
    }

    @Test(arguments: [[6, 7], [5, 7, 8]])
    func aJumpIsSoughtBackToOnce(_ offsets: [Int64]) {
        var continuity = OffsetContinuity(acceptsHoles: false)
        let hole: Int64 = offsets[0] == 6 ? 5 : 6
        #expect(continuity.judge(table(offsets), expected: 5) == .seekBack(hole))
        #expect(continuity.judge(table(offsets), expected: 5) == .hole(hole..<hole + 1))
        #expect(continuity.judge(table([20]), expected: 9) == .take)
    }

    @Test func aJumpThatGoesAwayWasTheClients() {
        var continuity = OffsetContinuity(acceptsHoles: false)
        #expect(continuity.judge(table([4, 7]), expected: 4) == .seekBack(5))
        #expect(continuity.judge(table([4]), expected: 4) == .take, "not there yet")
        #expect(continuity.judge(table([5, 6, 7]), expected: 5) == .found(5..<7))
        #expect(continuity.judge(table([8]), expected: 8) == .take, "told once")
        #expect(continuity.judge(table([10]), expected: 9) == .seekBack(9))
    }

    @Test func anEndWithoutRecordsIsLookedAtTwice() {
        var continuity = OffsetContinuity(acceptsHoles: false)
        #expect(continuity.judge(emptyEnd: 5..<7) == .seekBack(5))
        #expect(continuity.judge(emptyEnd: 5..<7) == .hole(5..<7))
        #expect(continuity.judge(emptyEnd: 9..<10) == .take)
        var other = OffsetContinuity(acceptsHoles: false)
        #expect(other.judge(emptyEnd: 5..<7) == .seekBack(5))
        #expect(other.judge(table([5, 6]), expected: 5) == .found(5..<7), "a client that lost what it had fetched")
    }

    @Test func holesOfALogThatHasThemAreTaken() {
        var continuity = OffsetContinuity(acceptsHoles: true)
        #expect(continuity.judge(table([9, 14]), expected: 5) == .take)
    }
}
