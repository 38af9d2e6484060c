import Millrace
import MillraceEngine
import MillraceMachines
import Platform
import Testing

@Suite struct EngineTests {
    private static func numbered(_ shards: Int, _ count: Int) -> [[[UInt8]?]] {
        (0..<shards).map { shard in (0..<count).map { Array("\(shard):\($0)".utf8) } }
    }

    private func expectInOrder(_ landed: [MemorySink.Landed], _ offsets: [Int64], partition: Int32) {
        let mine = landed.filter { $0.shard.partition == partition }.map(\.offset)
        #expect(mine == offsets)
    }

    @Test(arguments: [SinkOrdering.ordered, .pipelined(4), .unordered(4)], [1, 2])
    func deliversEverythingInOrder(_ ordering: SinkOrdering, _ lanes: Int) throws {
        let sink = MemorySink(ordering)
        let rig = try Rig(EngineTests.numbered(3, 2_000), [.init(name: "a", sink: sink)], lanes: lanes)
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        for partition in 0..<3 { expectInOrder(sink.landed, Array(0..<2_000), partition: Int32(partition)) }
        #expect(books.read == 6_000)
        #expect(books.books[0].delivered == 6_000)
        #expect(books.isBalanced)
        #expect(rig.engine.undone == 0)
        #expect(rig.letters.letters.isEmpty)
    }

    @Test func payloadsArriveByteForByte() throws {
        let sink = MemorySink()
        let rig = try Rig([[Array("x".utf8), [], nil, [0, 255]]], [.init(name: "a", sink: sink)])
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        #expect(sink.landed.map(\.payload) == [Array("x".utf8), [], [0, 255]])
        #expect(books.books[0].filtered == 1)
        #expect(books.isBalanced)
    }

    /// Also where nothing is left behind it: else each start would tell it anew.
    @Test(arguments: [100, 300]) func aLossIsToldAndPassed(_ first: Int64) throws {
        let sink = MemorySink()
        let rig = try Rig(EngineTests.numbered(1, 300), [.init(name: "a", sink: sink)], first: first)
        #expect(waitUntil { rig.source.checkpoint(0) == 300 })
        let lost = rig.ears.events.compactMap { event -> Range<Int64>? in
            if case .lost(_, let offsets) = event { offsets } else { nil }
        }
        #expect(lost == [0..<first])
        let jumps = rig.ears.events.filter { if case .hole = $0 { true } else { false } }
        #expect(jumps.isEmpty, "what was told is no surprise")
        let books = try #require(rig.finish())
        #expect(books.isBalanced && books.read == 300 - Int(first))
        expectInOrder(sink.landed, Array(first..<300), partition: 0)
    }

    @Test func aSeekThatFailsIsMadeAgain() throws {
        let sink = SyncedSink()
        sink.setSynced(false)
        let rig = try Rig(EngineTests.numbered(1, 300), [.init(name: "a", sink: sink)], failingSeeks: 1)
        #expect(waitUntil { sink.accepted == 300 })
        sink.lose()
        sink.setSynced(true)
        #expect(waitUntil { rig.source.checkpoint(0) == 300 })
        #expect(sink.accepted == 600)
        #expect(rig.ears.events.contains { if case .unreadable = $0 { true } else { false } })
        #expect(rig.finish()?.isBalanced == true)
    }

    @Test(arguments: [0, 150]) func theCheckpointPassesAnEndWithoutRecords(_ count: Int) throws {
        let sink = MemorySink()
        let rig = try Rig(EngineTests.numbered(2, count), [.init(name: "a", sink: sink)], markers: 3)
        #expect(waitUntil { (0..<2).allSatisfy { rig.source.checkpoint($0) == Int64(count) + 3 } })
        let books = try #require(rig.finish())
        #expect(books.isBalanced && books.read == 2 * count)
        let holes = rig.ears.events.compactMap { event -> Range<Int64>? in
            if case .hole(_, let offsets) = event { offsets } else { nil }
        }
        #expect(holes.allSatisfy { $0 == Int64(count)..<Int64(count) + 3 } && (1...2).contains(holes.count))
    }

    /// Where they are ordinary nothing is looked for a second time, and nothing told.
    @Test func holesThatAreOrdinaryAreNotTold() throws {
        let sink = MemorySink()
        let rig = try Rig(EngineTests.numbered(1, 150), [.init(name: "a", sink: sink)], markers: 3, hasHoles: true)
        #expect(waitUntil { rig.source.checkpoint(0) == 153 })
        #expect(rig.finish()?.isBalanced == true)
        #expect(!rig.ears.events.contains { if case .hole = $0 { true } else { false } })
    }

    @Test func whatIsSafeAfterASyncIsAnsweredToo() throws {
        let sink = SyncedSink()
        sink.setSynced(false)
        let rig = try Rig(EngineTests.numbered(2, 500), [.init(name: "a", sink: sink)])
        #expect(waitUntil { sink.accepted == 1_000 })
        #expect(rig.engine.snapshot(within: 2_000)?.shards.allSatisfy { $0.unanswered[0] != nil } == true)
        sink.setSynced(true)
        #expect(rig.source.waitForEnd())
        let snapshot = try #require(rig.engine.snapshot(within: 2_000))
        #expect(snapshot.books[0].delivered == 1_000)
        #expect(snapshot.shards.allSatisfy { $0.unanswered[0] == nil }, "all is safe, so nothing is waited for")
        var (answers, delivered) = (0, 0)
        for case .answered(_, _, let records, failed: 0, _, _, .some) in rig.ears.events {
            answers += 1
            delivered += records
        }
        #expect(answers >= 10 && delivered == 1_000, "each delivery counts, with the time that it took")
        _ = rig.finish()
    }

    @Test func aLetterThatBecomesAReferenceHasNotFailed() throws {
        let sink = MemorySink(judge: { $0 == Array("0:7".utf8) ? .poison : nil })
        let rig = try Rig(EngineTests.numbered(1, 10), [.init(name: "a", sink: sink)], largestLetter: 2)
        #expect(rig.source.waitForEnd())
        #expect(rig.letters.letters.map(\.offset) == [7] && rig.letters.letters[0].payload == nil)
        let told = rig.ears.events.compactMap { event -> String? in
            switch event {
            case .deadLetterFailed: "failed"
            case .deadLetterShortened(_, offset: 7, _): "shortened"
            case .deadLetterWritten: "written"
            default: nil
            }
        }
        #expect(told == ["shortened", "written"])
        _ = rig.finish()
    }

    @Test func tombstonesGoToSinksThatTakeThem() throws {
        let sink = MemorySink(takesTombstones: true)
        let rig = try Rig([[nil, [1]]], [.init(name: "a", sink: sink)])
        #expect(rig.source.waitForEnd())
        _ = rig.finish()
        #expect(sink.landed.map(\.payload) == [nil, [1]])
    }

    @Test(arguments: [0, 1, 49, 50, 99])
    func aRefusedRecordIsFoundAndTheRestIsDelivered(_ bad: Int) throws {
        let poison = Array("0:\(bad)".utf8)
        let sink = MemorySink(judge: { $0 == poison ? .rejected : nil })
        let rig = try Rig(EngineTests.numbered(1, 300), [.init(name: "a", sink: sink)])
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        expectInOrder(sink.landed, (0..<300).filter { $0 != bad }, partition: 0)
        #expect(rig.letters.letters.map(\.offset) == [Int64(bad)])
        let letter = try #require(rig.letters.letters.first)
        #expect(letter.payload == poison)
        #expect(letter.stage == "sink:a")
        #expect(letter.reason == .rejected)
        #expect(letter.bisection.count >= 6)
        #expect(books.books[0].deadLettered == 1)
        #expect(books.isBalanced)
    }

    @Test func aSinkThatTakesLittleIsFedInPieces() throws {
        let sink = MemorySink(.pipelined(3), takes: 7)
        let rig = try Rig(EngineTests.numbered(2, 500), [.init(name: "a", sink: sink)])
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        for partition in 0..<2 { expectInOrder(sink.landed, Array(0..<500), partition: Int32(partition)) }
        #expect(books.isBalanced)
    }

    @Test func aTransformsFailureIsADeadLetterAndHoldsNothingUp() throws {
        let sink = MemorySink()
        let rig = try Rig(EngineTests.numbered(1, 100), [.init(name: "a", sink: sink)]) {
            $0.transforms = [EverySeventhFails()]
        }
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        expectInOrder(sink.landed, (0..<100).filter { $0 % 7 != 0 }, partition: 0)
        #expect(rig.letters.letters.map(\.offset) == (0..<100).filter { $0 % 7 == 0 })
        #expect(rig.letters.letters.allSatisfy { $0.stage == "transform:1" && $0.reason == .transform })
        #expect(books.isBalanced)
    }

    @Test func eachSinkHasItsOwnRecords() throws {
        let (all, even) = (MemorySink(), MemorySink(.pipelined(2)))
        let rig = try Rig(
            EngineTests.numbered(2, 200),
            [.init(name: "all", sink: all), .init(name: "even", sink: even, when: KeepsEven())])
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        expectInOrder(all.landed, Array(0..<200), partition: 1)
        expectInOrder(even.landed, Array(stride(from: 0, to: 200, by: 2)), partition: 1)
        #expect(books.books[1].filtered == 200)
        #expect(books.isBalanced)
    }

    @Test func recordsMayBeTakenApart() throws {
        let sink = MemorySink()
        let rig = try Rig(EngineTests.numbered(1, 50), [.init(name: "a", sink: sink)]) { $0.transforms = [Doubles()] }
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        #expect(sink.landed.map(\.offset) == (0..<50).flatMap { [Int64($0), Int64($0)] })
        #expect(books.isBalanced)
    }

    @Test func anUnwritableLetterHoldsTheCheckpoint() throws {
        let sink = MemorySink()
        let rig = try Rig(EngineTests.numbered(1, 100), [.init(name: "a", sink: sink)], lettersDown: true) {
            $0.transforms = [EverySeventhFails()]
            $0.batch.records = 10
        }
        #expect(waitUntil { rig.ears.events.contains { if case .deadLetterFailed = $0 { true } else { false } } })
        #expect(rig.source.checkpoint(0) ?? 0 == 0)
        rig.letters.setDown(false)
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        #expect(Set(rig.letters.letters.map(\.offset)) == Set((0..<100).filter { $0 % 7 == 0 }))
        #expect(books.isBalanced)
    }

    @Test func anOutageIsNoPoison() throws {
        let sink = MemorySink()
        sink.setAway(true)
        let retry = PipelinePlan.Retry(maxAttempts: 3, baseDelay: 1, maxDelay: 5)
        let rig = try Rig(
            EngineTests.numbered(4, 500), [.init(name: "a", sink: sink, retry: retry, recoveryTimeout: 20)])
        #expect(waitUntil { sink.calls > 60 })
        #expect(rig.letters.letters.isEmpty)
        sink.setAway(false)
        #expect(rig.source.waitForEnd())
        _ = rig.finish()
        for partition in 0..<4 { expectInOrder(sink.landed, Array(0..<500), partition: Int32(partition)) }
        #expect(rig.letters.letters.isEmpty)
    }

    @Test func aSinkThatWasAheadIsNotGivenItsLeadAgain() throws {
        let (fast, slow) = (MemorySink(), MemorySink(judge: { _ in .fatal }))
        let rig = try Rig(
            EngineTests.numbered(1, 1_000), [.init(name: "fast", sink: fast), .init(name: "slow", sink: slow)], lanes: 1
        ) { $0.batchMemory = 1 << 20 }
        #expect(waitUntil { fast.landed.count >= 100 })
        let lead = fast.landed.count
        rig.engine.drain(deadline: MonotonicClock.milliseconds() + 50)
        #expect(rig.source.waitForRelease(of: [ShardID(topic: "t", partition: 0)]))
        #expect(rig.engine.undone > 0)
        #expect(rig.source.checkpoint(0) == 0)
        rig.engine.stop()
        let (again, other) = (MemorySink(), MemorySink())
        var plan = PipelinePlan(
            name: "p", group: "g", sinks: [.init(name: "fast", sink: again), .init(name: "slow", sink: other)],
            deadLetters: .write(rig.letters))
        plan.commitInterval = 20
        let engine = try Engine(plan, source: rig.source, observer: rig.ears, notes: rig.ears)
        rig.source.start(engine)
        #expect(rig.source.waitForEnd())
        engine.drain(deadline: MonotonicClock.milliseconds() + 5_000)
        #expect(waitUntil { engine.openShards == 0 })
        engine.stop()
        _ = rig.source.stop(deadline: MonotonicClock.milliseconds())
        #expect(fast.landed.count >= lead)
        #expect(fast.landed.map(\.offset) + again.landed.map(\.offset) == Array(0..<1_000))
        #expect(other.landed.count == 1_000)
    }

    @Test func aRevokedShardGoesOnWhereItWasReleased() throws {
        let sink = MemorySink(.pipelined(3))
        let rig = try Rig(EngineTests.numbered(3, 20_000), [.init(name: "a", sink: sink)])
        let shards = (0..<3).map { ShardID(topic: "t", partition: Int32($0)) }
        for _ in 0..<5 {
            rig.engine.revoke(shards, deadline: MonotonicClock.milliseconds() + 2_000, lost: false)
            #expect(rig.source.waitForRelease(of: shards))
            rig.source.assign(shards)
        }
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish())
        for partition in 0..<3 { expectInOrder(sink.landed, Array(0..<20_000), partition: Int32(partition)) }
        #expect(books.isBalanced)
    }

    /// A worker may be told to stop while it joins: the group answers when the lanes have ended.
    @Test func whatIsAssignedAfterTheEndIsHandedBack() throws {
        let rig = try Rig(EngineTests.numbered(2, 50), [.init(name: "a", sink: MemorySink())])
        let shards = (0..<2).map { ShardID(topic: "t", partition: Int32($0)) }
        #expect(rig.source.waitForEnd())
        rig.engine.drain(deadline: MonotonicClock.milliseconds() + 5_000)
        #expect(rig.source.waitForRelease(of: shards))
        #expect(waitUntil { rig.engine.openShards == 0 })
        rig.engine.stop()
        rig.source.assign(shards)
        #expect(rig.source.waitForRelease(of: shards))
        #expect(rig.source.checkpoint(0) == 50 && rig.source.checkpoint(1) == 50)
        #expect(rig.engine.openShards == 0)
        _ = rig.source.stop(deadline: 0)
    }

    @Test func whereLettersMayNotBeWrittenTheShardStops() throws {
        let (sink, other) = (MemorySink(), MemorySink())
        let rig = try Rig(
            EngineTests.numbered(1, 100), [.init(name: "a", sink: sink), .init(name: "b", sink: other)]
        ) {
            $0.transforms = [EverySeventhFails()]
            $0.deadLetters = .park
            $0.batch.records = 10
        }
        #expect(waitUntil { rig.ears.events.contains { if case .parkedByPolicy = $0 { true } else { false } } })
        let books = try #require(rig.finish(within: 60_000))
        #expect(rig.source.checkpoint(0) == 0)
        #expect(rig.engine.undone > 0)
        #expect(books.isBalanced)
    }

    @Test func aSinkThatNeedsAPersonStopsTheShard() throws {
        let sink = MemorySink(judge: { $0 == Array("0:5".utf8) ? .fatal : nil })
        let rig = try Rig(EngineTests.numbered(1, 100), [.init(name: "a", sink: sink)]) { $0.batch.records = 1 }
        #expect(
            waitUntil { rig.ears.events.contains { if case .waits(_, .parked(sink: 0)) = $0 { true } else { false } } })
        let books = try #require(rig.finish(within: 60_000))
        #expect(sink.landed.map(\.offset) == [0, 1, 2, 3, 4])
        #expect(rig.source.checkpoint(0) == 5)
        #expect(rig.engine.undone > 0)
        #expect(books.isBalanced)
    }

    @Test func anOptionalSinkHoldsNothingUp() throws {
        let (main, lame) = (MemorySink(), MemorySink())
        lame.setAway(true)
        let rig = try Rig(
            EngineTests.numbered(1, 5_000),
            [.init(name: "main", sink: main), .init(name: "lame", sink: lame, isRequired: false, maxLag: 1_000)])
        #expect(rig.source.waitForEnd())
        let books = try #require(rig.finish(within: 100))
        #expect(main.landed.count == 5_000)
        #expect(books.books[1].abandoned > 0)
        #expect(rig.engine.undone == 0)
        #expect(books.isBalanced)
    }
}

private struct EverySeventhFails: Transform {
    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count {
            let record = records[index]
            if record.offset % 7 == 0 { out.fail(record, "seventh") } else { out.keep(record) }
        }
    }
}

private struct KeepsEven: Transform {
    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count where records[index].offset % 2 == 0 { out.keep(records[index]) }
    }
}

private struct Doubles: Transform {
    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count { out.emit(records[index], [[1], [2]]) }
    }
}
