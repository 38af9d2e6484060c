import Millrace
import MillraceEngine
import Platform
import Testing

@testable import MillraceService

/// Status in words and as JSON, and what is ready.
@Suite struct StatusTests {
    private func lines(_ scene: Scene, width: Int = 80) -> [String] { StatusText.lines(scene.readout, width: width) }

    private func json(_ scene: Scene) -> String { String(decoding: StatusJSON.bytes(scene.readout), as: UTF8.self) }

    @Test func aWellWorkerSaysSo() {
        var scene = Scene()
        scene.add(0)
        let lines = lines(scene)
        #expect(lines[0] == "orders   up 1h00m   version 0.1.0   running")
        #expect(lines[1] == "ready: 1 shard, 0 records behind")
        #expect(lines.contains { $0.hasPrefix("orders:0      3         100  100    0     0.0  input") })
        #expect(lines.contains { $0.hasPrefix("books balanced: clean: 100 read") })
    }

    @Test func whatWaitsIsSaidOnceForAllThatWaitForIt() {
        var scene = Scene()
        for partition in 0..<4 { scene.add(Int32(partition), end: 300, waiting: .breaker(sink: 0), since: 38_000) }
        scene.fail(0, .transient, "connection refused")
        scene.keeper.observe(.breaker(sink: 0, .opened))
        let text = lines(scene).joined(separator: "\n")
        #expect(text.contains("NOT READY: the breaker of sink clean is open"))
        #expect(text.contains("orders:0-3 waits for breaker:clean since 23:59:22Z (38s)\n  error: connection refused"))
        #expect(text.contains("breaker:clean 38s"))
        #expect(text.matches(of: /waits for/).count == 1)
    }

    @Test(arguments: [40, 60, 80, 120]) func noLineIsWiderThanTheTerminal(width: Int) {
        var scene = Scene()
        scene.add(0, checkpoint: 123_456_789_012, end: 999_999_999_999, waiting: .suspectOutage(sink: 0))
        scene.add(1, waiting: .parked(sink: 0))
        scene.fail(0, .rejected, String(repeating: "a long error ", count: 20))
        scene.fail(0, .rejected, String(repeating: "x", count: 300))
        scene.bury(0, 5, stage: "transform:1", reason: "transform", error: String(repeating: "e", count: 300))
        for line in lines(scene, width: width) { #expect(line.count <= width, "\(line)") }
    }

    @Test func whatAPersonCanDoIsNamed() throws {
        var scene = Scene()
        scene.add(0, waiting: .suspectOutage(sink: 0))
        scene.add(1, waiting: .parked(sink: 0))
        scene.add(2, waiting: .paused)
        scene.add(3, isParkedByPolicy: true)
        scene.holds = [Hold(shard: Scene.shard(2))]
        let readout = scene.readout
        let next = readout.snapshot.shards.map { readout.waiting($0)?.next ?? "" }
        #expect(next[0].contains("millrace resolve orders.yaml --sink clean --retry, or --poison"))
        #expect(next[1].contains("millrace resolve orders.yaml --sink clean --retry"))
        #expect(next[2] == "goes on after: millrace resume orders.yaml --shard orders:2")
        #expect(readout.state == "parked")
        scene.holds = [Hold(sink: 0)]
        let waiting = try #require(scene.readout.waiting(scene.shards[2]))
        #expect(waiting.next == "goes on after: millrace resume orders.yaml --sink clean")
    }

    @Test func aShardThatMovesWaitsForNothing() {
        var scene = Scene()
        scene.add(0, checkpoint: 10, end: 500)
        #expect(scene.readout.waiting(scene.shards[0]) == nil)
        #expect(json(scene).contains("\"waiting\":null"))
        scene.problem = "no broker answers at b:9092"
        #expect(scene.readout.waiting(scene.shards[0])?.reason == "broker")
        #expect(scene.readout.waiting(scene.shards[0])?.error == "no broker answers at b:9092")
    }

    @Test func theEndIsNoSmallerThanTheCheckpoint() {
        var scene = Scene()
        scene.add(0, checkpoint: 43, end: 42)
        #expect(lines(scene).contains { $0.hasPrefix("orders:0      3          43   43    0") })
        #expect(json(scene).contains(#""checkpoint":43,"committed":null,"high_watermark":43,"lag":0"#))
    }

    @Test func aTopicThatIsMissingHoldsUpNoShardOfAnother() {
        var scene = Scene()
        scene.add(0, checkpoint: 10, end: 500)
        scene.add(1)
        scene.problem = "topic refunds is not there any more: deleted?"
        scene.heldUp = ["refunds"]
        #expect(scene.readout.troubles == ["topic refunds is not there any more: deleted?"])
        #expect(scene.shards.map { scene.readout.waiting($0)?.reason } == [nil, "input"])
    }

    @Test func anOpenTransactionIsNamed() {
        var scene = Scene()
        scene.add(0)
        func waiting(offset: Int64, since: Int64) -> Waiting? {
            scene.pending = [Scene.shard(0): PendingInput(offset: offset, count: 1_200, since: scene.now - since)]
            return scene.readout.waiting(scene.shards[0])
        }
        #expect(waiting(offset: 100, since: 2_000)?.error == nil, "transactions take a moment")
        #expect(waiting(offset: 101, since: 60_000)?.error == nil, "it is not read to there")
        let open = waiting(offset: 100, since: 60_000)
        #expect(open?.reason == "input" && open?.isTrouble == true)
        #expect(
            open?.error
                == "open transaction: it began at offset 100, 1,200 offsets from there on wait for its end")
        #expect(lines(scene).contains { $0.contains("orders:0 waits for input since 23:59:00Z (1m00s)") })
        #expect(scene.readout.troubles == [], "nothing is wrong with the worker")
    }

    /// Of several sinks one is down: which, since when, why, and when it is asked again.
    @Test func theNextTryIsSaid() {
        var scene = Scene()
        scene.add(0, waiting: .retry(sink: 0), since: 4_000)
        scene.fail(0, .transient, "no answer")
        #expect(scene.readout.waiting(scene.shards[0])?.next == "is tried again, each time a little later")
        scene.shards[0].nextTry = scene.now + 12_000
        #expect(scene.readout.waiting(scene.shards[0])?.next == "is tried again in 12s, each time a little later")
        scene.shards[0].waiting = .suspectOutage(sink: 0)
        #expect(
            scene.readout.waiting(scene.shards[0])?.next.hasPrefix("asks again every 1m00s, next in 12s; or") == true)
    }

    /// A shard's own retry is due before the breaker lets anything through.
    @Test func noTryIsSaidToComeBeforeTheBreakerLetsIt() {
        var scene = Scene()
        scene.add(0, waiting: .retry(sink: 0), since: 4_000)
        scene.shards[0].nextTry = scene.now + 12_000
        scene.keeper.observe(.breaker(sink: 0, .opened))
        scene.openedAt = scene.now - 15_000
        #expect(scene.readout.waiting(scene.shards[0])?.next == "is tried again in 45s, each time a little later")
        scene.openedAt = scene.now - 55_000
        #expect(scene.readout.waiting(scene.shards[0])?.next == "is tried again in 12s, each time a little later")
        scene.openedAt = scene.now - 15_000
        scene.shards[0].waiting = .suspectOutage(sink: 0)
        #expect(scene.readout.waiting(scene.shards[0])?.next.contains("next in 45s") == true)
        scene.keeper.observe(.breaker(sink: 0, .halfOpen))
        #expect(scene.readout.waiting(scene.shards[0])?.next.contains("next in 12s") == true)
    }

    @Test func aBreakerThatOpensAgainHasNotBeenClosed() throws {
        let scene = Scene()
        scene.keeper.observe(.breaker(sink: 0, .opened))
        let since = try #require(scene.readout.tally.sinks[0].breakerSince)
        while Timestamp.now() == since {}
        scene.keeper.observe(.breaker(sink: 0, .halfOpen))
        scene.keeper.observe(.breaker(sink: 0, .opened))
        #expect(scene.readout.tally.sinks[0].breakerSince == since)
        scene.keeper.observe(.breaker(sink: 0, .closed))
        #expect(scene.readout.tally.sinks[0].breakerSince != since)
    }

    /// One mention a member, in the form that the docs promise.
    @Test func theJSONHasItsMembers() {
        var scene = Scene()
        scene.add(0, end: 140, waiting: .retry(sink: 0), since: 2_000)
        scene.fail(0, .transient, "say \"no\"")
        scene.bury(0, 5, stage: "decode", reason: "decode", error: "byte 4")
        let text = json(scene)
        for part in [
            #"{"pipeline":"orders","version":"0.1.0","started_at":"2025-12-31T23:00:00.000Z","config_sha":"","#,
            #""state":"running","ready":true,"because":[],"#,
            #""shards":[{"topic":"orders","partition":0,"epoch":3,"position":100,"checkpoint":100,"committed":null,"#,
            #""high_watermark":140,"lag":40,"lag_seconds":0.0,"in_flight":{"records":0,"bytes":0},"#,
            #""cursors":{"clean":100,"archive":90},"waiting":{"for":"retry:clean","since":"2025-12-31T23:59:58.000Z","#,
            #""error":"say \"no\"","next":"is tried again, each time a little later"}}]"#,
            #""sinks":{"clean":{"breaker":"closed","breaker_since":"2025-12-31T23:00:00.000Z","required":true,"#,
            #""delivered":100,"dead_lettered":0,"abandoned":0,"retries":1,"last_error":""#,
            #""dead_letters":[{"origin":"orders:0:5","stage":"decode","reason":"decode","error":"byte 4","#,
            #""books":{"read":100,"sinks":{"clean":{"delivered":100,"filtered":0,"dead_lettered":0,"abandoned":0,"#,
        ] { #expect(text.contains(part), "\(part)\nis not in\n\(text)") }
    }

    @Test func onlyTheLastLettersAreKept() {
        let scene = Scene()
        for offset in 0..<50 { scene.bury(0, Int64(offset), stage: "decode", reason: "decode") }
        let letters = scene.readout.tally.lastLetters
        #expect(letters.count == 20 && letters.last?.offset == 49)
        #expect(json(scene).contains(#""dead_letters":[{"origin":"orders:0:49""#))
    }

    // MARK: - Ready

    private func troubles(_ change: (inout Scene) -> Void) -> [String] {
        var scene = Scene()
        change(&scene)
        return scene.readout.troubles
    }

    @Test func readyMeansAllItsWorkCanBeDone() {
        #expect(troubles { $0.add(0) } == [])
        #expect(troubles { _ in } == [], "a worker may have no shards")
        #expect(troubles { $0.hasJoined = false } == ["joining the group"])
        #expect(troubles { $0.problem = "no broker" } == ["no broker"])
        #expect(troubles { $0.phase = .draining } == ["draining"])
        #expect(
            troubles {
                $0.phase = .starting
                $0.waiting = "source: away"
            } == ["starting: source: away"])
        #expect(troubles { $0.add(0, waiting: .suspectOutage(sink: 0)) }.count == 1)
        #expect(troubles { $0.add(0, waiting: .parked(sink: 0)) }.count == 1)
        #expect(troubles { $0.add(0, isParkedByPolicy: true) } == ["parked: orders:0"])
        #expect(troubles { $0.add(0, waiting: .paused) } == [], "what a person holds is as it should be")
        #expect(troubles { $0.age = 31_000 }.count == 1)
    }

    @Test func aShardThatCannotBeReadForLongCounts() {
        func unreadable(_ scene: inout Scene, for time: Int64) {
            scene.add(0, since: 60_000)
            scene.shards[0].problem = "the log ends at 5"
            scene.shards[0].problemSince = scene.now - time
        }
        #expect(troubles { unreadable(&$0, for: 2_000) } == [])
        #expect(troubles { unreadable(&$0, for: 11_000) } == ["orders:0 cannot be read: the log ends at 5"])
        var scene = Scene()
        unreadable(&scene, for: 11_000)
        #expect(scene.readout.waiting(scene.shards[0])?.since.milliseconds == scene.time.milliseconds - 11_000)
    }

    @Test func breakersOfRequiredSinksCount() {
        #expect(troubles { $0.keeper.observe(.breaker(sink: 0, .opened)) }.count == 1)
        #expect(troubles { $0.keeper.observe(.breaker(sink: 1, .opened)) } == [])
        #expect(
            troubles {
                $0.keeper.observe(.breaker(sink: 0, .opened))
                $0.keeper.observe(.breaker(sink: 0, .halfOpen))
                $0.keeper.observe(.breaker(sink: 0, .closed))
            } == [])
    }

    @Test func aSinkThatDoesNotAnswerIsNoticed() {
        var scene = Scene()
        scene.add(0, end: 500)
        scene.shards[0].unanswered = [scene.now - 9_000, scene.now - 60_000]
        #expect(scene.readout.troubles == [], "an optional one, and one that has time yet")
        let early = scene.readout.waiting(scene.shards[0])
        #expect(early?.reason == "retry:clean" && early?.error == "it does not answer" && early?.isTrouble == false)
        scene.shards[0].unanswered[0] = scene.now - 2_000
        #expect(scene.readout.waiting(scene.shards[0]) == nil, "the shard moves")
        scene.shards[0].unanswered[0] = scene.now - 12_000
        scene.clientErrors = ["clean": "connection refused"]
        #expect(scene.readout.troubles == ["sink clean has not answered for 12s: connection refused"])
        let waiting = scene.readout.waiting(scene.shards[0])
        #expect(waiting?.reason == "retry:clean" && waiting?.error == "connection refused")
        #expect(waiting?.isTrouble == true)
    }

    @Test func aSinkThatHasNoRoomForLongSaysWhy() {
        var scene = Scene()
        scene.add(0, waiting: .full(sink: 0), since: 9_000)
        scene.clientErrors = ["clean": "cannot open out/orders-0: File name too long"]
        #expect(scene.readout.troubles == [], "it has time yet")
        scene.shards[0].since = scene.now - 12_000
        #expect(
            scene.readout.troubles
                == ["sink clean has had no room for 12s: cannot open out/orders-0: File name too long"])
        let waiting = scene.readout.waiting(scene.shards[0])
        #expect(waiting?.reason == "full:clean" && waiting?.isTrouble == true)
        #expect(waiting?.error == "cannot open out/orders-0: File name too long")
        scene.clientErrors = [:]
        #expect(scene.readout.troubles == [], "full is no trouble as such: it may just be slow")
    }

    @Test func whatAFileWaitsForIsRemembered() {
        let view = WorkerView(Scene().facts)
        view.hears(Note(.warn, "file-waits", [("sink", "clean"), ("error", "no space")]))
        #expect(view.readout().clientErrors == ["clean": "no space"])
        view.hears(Note(.info, "file-works-again", [("sink", "clean")]))
        #expect(view.readout().clientErrors == [:])
    }

    @Test func lettersThatCannotBeWrittenCountWhileAShardWaitsForOne() {
        let failed = WorkerEvent.deadLetterFailed(Scene.shard(0), offset: 1, error: "no leader")
        #expect(
            troubles {
                $0.add(0, waiting: .deadLetters)
                $0.keeper.observe(failed)
            } == ["dead letters cannot be written: no leader"])
        #expect(
            troubles {
                $0.add(0, waiting: .deadLetters)
                $0.keeper.observe(failed)
                $0.bury(0, 1, stage: "decode", reason: "decode")
            } == [])
        #expect(troubles { $0.keeper.observe(failed) } == [])
    }

    // MARK: - Ages

    @Test func aCheckpointAgesOnlyWhileSomethingIsBehindIt() {
        let shard = Scene.shard(0)
        func look(_ history: inout ShardHistory, checkpoint: Int64, end: Int64, now: Int64, epoch: Int = 1) {
            var scene = Scene()
            scene.add(0, checkpoint: checkpoint)
            scene.shards[0].epoch = epoch
            history.look(scene.shards, ends: [shard: end], now: now)
        }
        var history = ShardHistory()
        look(&history, checkpoint: 5, end: 5, now: 1_000)
        #expect(history.checkpointAge(shard, now: 9_000) == 0)
        look(&history, checkpoint: 5, end: 9, now: 10_000)
        look(&history, checkpoint: 5, end: 12, now: 13_000)
        #expect(history.checkpointAge(shard, now: 14_000) == 4_000)
        #expect(history.behind(shard, now: 14_000) == 4_000)
        look(&history, checkpoint: 7, end: 12, now: 15_000)
        #expect(history.checkpointAge(shard, now: 16_000) == 1_000, "it moved")
        #expect(history.behind(shard, now: 16_000) == 6_000)
        look(&history, checkpoint: 12, end: 12, now: 17_000)
        #expect(history.checkpointAge(shard, now: 20_000) == 0)
        look(&history, checkpoint: 12, end: 20, now: 21_000, epoch: 2)
        #expect(history.checkpointAge(shard, now: 22_000) == 1_000, "a new assignment begins anew")
        history.look([], ends: [:], now: 23_000)
        #expect(history.checkpointAge(shard, now: 30_000) == 0, "not ours any more")
    }

    @Test func lagInTimeIsThatOfTheOldestRecord() {
        var scene = Scene()
        scene.add(0, checkpoint: 5, end: 9, timestamp: scene.time.milliseconds - 1_234)
        scene.add(1, checkpoint: 9, end: 9, timestamp: nil)
        scene.add(2, checkpoint: 9, end: 10, timestamp: nil)
        scene.history.look(scene.shards, ends: scene.ends, now: scene.now - 700)
        let readout = scene.readout
        #expect(readout.snapshot.shards.map { readout.lagTime($0) } == [1_234, 0, 700])
        #expect(readout.totalLag == 5)
    }

    @Test func figures() {
        #expect([0, 999, 1_000, -1_234_567].map { Figures.count($0) } == ["0", "999", "1,000", "-1,234,567"])
        #expect(
            [400, 9_000, 38_400, 120_000, 11_100_000, 273_600_000].map { Figures.time($0) }
                == ["0.4s", "9s", "38s", "2m00s", "3h05m", "3d04h"])
        #expect(ShardRanges.text([3, 0, 1, 7].map { Scene.shard($0) }) == "orders:0-1,3,7")
        #expect(TextTable.wrap("a bb ccc dddd", width: 6, indent: 2) == ["a bb", "  ccc", "  dddd"])
        #expect(Figures.size(3 << 20) == "3.0MiB")
    }
}
