import Millrace
import Platform
import Testing

@testable import MillraceService

/// Which notes become lines. Times are milliseconds of no clock in particular.
@Suite struct LogLimiterTests {
    private let letter = Note(
        .warn, "dead-letter", [("record", "orders:3:18911"), ("error", "byte 4: ' ' is not base64")])

    private func admit(_ limiter: inout LogLimiter, _ note: Note, _ now: Int64) -> LogEntry? {
        limiter.admit(note, at: Timestamp(milliseconds: now), now: now)
    }

    @Test func theFirstPassesAndTheNextWait() {
        var limiter = LogLimiter()
        #expect(admit(&limiter, letter, 0)?.repeated == 0)
        #expect(admit(&limiter, letter, 1) == nil)
        #expect(admit(&limiter, letter, 29_999) == nil)
        #expect(admit(&limiter, letter, 30_000)?.repeated == 2)
        #expect(admit(&limiter, letter, 59_999) == nil)
    }

    @Test func theLastOfThemComesWhenTheTimeIsOver() {
        var limiter = LogLimiter()
        _ = admit(&limiter, letter, 0)
        let later = Note(.warn, "dead-letter", [("record", "orders:3:18999"), ("error", "byte 9: '!' is not base64")])
        _ = admit(&limiter, letter, 10)
        _ = admit(&limiter, later, 20)
        #expect(limiter.nextDue == 30_000)
        #expect(limiter.due(now: 29_999).isEmpty)
        let due = limiter.due(now: 30_000)
        #expect(due.count == 1)
        #expect(due.first?.note.fields.first?.value == "orders:3:18999")
        #expect(due.first?.repeated == 1)
        // It is the first line of the next 30 s.
        #expect(admit(&limiter, letter, 30_001) == nil)
        #expect(limiter.nextDue == 60_000)
    }

    @Test func aLoneNoteLeavesNothingBehind() {
        var limiter = LogLimiter()
        _ = admit(&limiter, letter, 0)
        #expect(limiter.due(now: 30_000).isEmpty)
        #expect(limiter.nextDue == nil)
        #expect(admit(&limiter, letter, 30_001)?.repeated == 0)
    }

    @Test(arguments: [
        Note(.warn, "dead-letter", [("record", "orders:2:18911"), ("error", "byte 4: ' ' is not base64")]),
        Note(.warn, "dead-letter", [("record", "orders:3:18911"), ("error", "length 5 is not a multiple of 4")]),
        Note(.warn, "retry", [("record", "orders:3:18911"), ("error", "byte 4: ' ' is not base64")]),
        Note(.error, "dead-letter", [("record", "orders:3:18911"), ("error", "byte 4: ' ' is not base64")]),
        Note(
            .warn, "dead-letter",
            [("record", "orders:3:18911"), ("sink", "clean"), ("error", "byte 4: ' ' is not base64")]),
        Note(.warn, "dead-letter", [("record", "orders:3:18911"), ("fingerprint", "8c1e")]),
    ])
    func whatDiffersPasses(_ other: Note) {
        var limiter = LogLimiter()
        _ = admit(&limiter, letter, 0)
        #expect(admit(&limiter, other, 1) != nil)
    }

    @Test func numbersAndQuotedPartsDoNotDiffer() {
        var limiter = LogLimiter()
        _ = admit(&limiter, letter, 0)
        let other = Note(.warn, "dead-letter", [("record", "orders:3:7"), ("error", "byte 1200: '?' is not base64")])
        #expect(admit(&limiter, other, 1) == nil)
    }

    @Test func aChangeOfShardsIsNews() {
        var limiter = LogLimiter()
        #expect(admit(&limiter, Note(.info, "assigned", [("shards", "orders:0-3")]), 0) != nil)
        #expect(admit(&limiter, Note(.info, "assigned", [("shards", "orders:0-1")]), 1) != nil)
    }

    @Test func drainGivesEverything() {
        var limiter = LogLimiter()
        let other = Note(.error, "breaker-open", [("sink", "clean")])
        for now in 0..<10 { _ = admit(&limiter, now % 2 == 0 ? letter : other, Int64(now)) }
        let drained = limiter.drain()
        #expect(drained.map(\.repeated) == [3, 3])
        #expect(drained.map(\.time.milliseconds) == [8, 9])
        #expect(limiter.nextDue == nil)
        #expect(limiter.drain().isEmpty)
    }

    @Test func aFloodOfKindsKeepsToItsMemory() {
        var limiter = LogLimiter()
        var passed = 0
        for number in 0..<100_000 {
            let note = Note(.warn, "x\(number % 3)", [("shard", "orders:\(number)")])
            if admit(&limiter, note, Int64(number / 100)) != nil { passed += 1 }
        }
        // The kinds that are told apart, then one line an event.
        #expect(passed == LogLimiter.mostKinds + 3)
        var events = 0
        for number in 0..<10_000 where admit(&limiter, Note(.warn, "e\(number)"), 1_000) != nil { events += 1 }
        #expect(events == LogLimiter.mostEvents - 3 + 1)
    }

    @Test(arguments: [UInt64(11), 12, 13, 14])
    func everyNoteIsWrittenOrCounted(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var limiter = LogLimiter()
        var now: Int64 = 0
        var taken = 0
        var told = 0
        var last: [String: Int64] = [:]
        func tell(_ entry: LogEntry) {
            told += 1 + entry.repeated
            if let before = last[entry.note.event] { #expect(now - before >= LogLimiter.window, "seed \(seed)") }
            last[entry.note.event] = now
        }
        for _ in 0..<5_000 {
            now += Int64(random.next() % 4_000)
            if random.next() % 8 == 0 { limiter.due(now: now).forEach(tell) }
            taken += 1
            let note = Note(.info, "event\(random.next() % 5)")
            if let entry = limiter.admit(note, at: Timestamp(milliseconds: now), now: now) { tell(entry) }
        }
        told += limiter.drain().reduce(0) { $0 + 1 + $1.repeated }
        #expect(told == taken, "seed \(seed)")
    }
}
