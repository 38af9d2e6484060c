import Millrace
import MillraceEngine
import Platform
import Testing

@testable import MillraceService

/// What a service manager hears, and when.
@Suite struct ServiceNewsTests {
    private func look(
        _ phase: WorkerPhase = .running, under: Bool = true, status: String = "fine", cause: String? = nil,
        answered: Int64 = 0, stuck: [ShardID] = [], end: Int64? = nil
    ) -> ServiceLook {
        ServiceLook(
            phase: phase, isUnderWay: under, status: status, cause: cause ?? status, answered: answered, stuck: stuck,
            end: end)
    }

    @Test func readyComesOnceAndOnlyWhenTheWorkIsUnderWay() {
        var news = ServiceNews(watchdog: nil)
        #expect(
            news.look(look(.starting, under: false, status: "starting"), now: 0)
                == ["EXTEND_TIMEOUT_USEC=30000000", "STATUS=starting"])
        #expect(
            news.look(look(.running, under: false, status: "joining the group"), now: 250) == [
                "STATUS=joining the group"
            ])
        #expect(news.look(look(.running, under: false, status: "joining the group"), now: 4_999) == [])
        #expect(
            news.look(look(.running, under: false, status: "joining the group"), now: 5_000) == [
                "EXTEND_TIMEOUT_USEC=30000000"
            ]
        )
        #expect(news.look(look(.running, status: "4 shards"), now: 6_000) == ["READY=1", "STATUS=4 shards"])
        #expect(news.look(look(.running, status: "4 shards"), now: 60_000) == [])
    }

    @Test func aBrokerThatIsWaitedForIsReadyToo() {
        var news = ServiceNews(watchdog: 60_000)
        #expect(
            news.look(look(.starting, status: "waits for source: refused"), now: 0)
                == ["READY=1", "WATCHDOG=1", "STATUS=waits for source: refused"])
    }

    @Test func aWorkerThatEndsIsNeverReady() {
        var news = ServiceNews(watchdog: 60_000)
        let lines = news.look(look(.draining, status: "draining", end: 25_000), now: 0)
        #expect(lines.first == "STOPPING=1")
        #expect(!lines.contains("READY=1"))
    }

    @Test func theDogIsFedInTimeAndOnlyOnNewAnswers() {
        var news = ServiceNews(watchdog: 60_000)
        #expect(news.look(look(answered: 990), now: 1_000).contains("WATCHDOG=1"))
        #expect(news.look(look(answered: 15_900), now: 15_999) == [])
        #expect(news.look(look(answered: 15_990), now: 16_000) == ["WATCHDOG=1"])
        // The lanes have not answered since: however long, it gets nothing.
        for now in stride(from: Int64(31_000), through: 200_000, by: 1_000) {
            #expect(news.look(look(answered: 15_990), now: now) == [])
        }
        #expect(news.look(look(answered: 200_500), now: 200_600) == ["WATCHDOG=1"])
    }

    @Test func aStuckShardStarvesTheDog() {
        var news = ServiceNews(watchdog: 60_000)
        _ = news.look(look(answered: 0), now: 0)
        let stuck = [Scene.shard(1)]
        for now in stride(from: Int64(15_000), through: 100_000, by: 1_000) {
            #expect(news.look(look(answered: now, stuck: stuck), now: now) == [])
        }
        #expect(news.look(look(answered: 101_000), now: 101_000) == ["WATCHDOG=1"])
    }

    @Test func withoutAWatchdogNothingIsFed() {
        var news = ServiceNews(watchdog: nil)
        let lines = (0..<100).flatMap { news.look(look(answered: $0 * 1_000), now: $0 * 1_000) }
        #expect(lines == ["READY=1", "STATUS=fine"])
    }

    @Test func causesAreToldAtOnceFiguresNowAndThen() {
        var news = ServiceNews(watchdog: nil)
        _ = news.look(look(status: "4 shards, lag 1", cause: "4 shards"), now: 0)
        #expect(news.look(look(status: "4 shards, lag 2", cause: "4 shards"), now: 9_999) == [])
        #expect(
            news.look(look(status: "4 shards, lag 3", cause: "4 shards"), now: 10_000) == ["STATUS=4 shards, lag 3"])
        #expect(
            news.look(look(status: "4 shards, lag 9; clean", cause: "4 shards; clean"), now: 10_001)
                == ["STATUS=4 shards, lag 9; clean"])
    }

    @Test func aDrainAsksForWhatItMayStillNeed() {
        var news = ServiceNews(watchdog: 60_000)
        _ = news.look(look(), now: 0)
        #expect(
            news.look(look(.draining, status: "draining", end: 301_000), now: 1_000)
                == [
                    "STOPPING=1", "EXTEND_TIMEOUT_USEC=310000000", "WATCHDOG_USEC=310000000", "STATUS=draining",
                ])
        #expect(news.look(look(.draining, status: "draining", end: 301_000), now: 5_999) == [])
        #expect(
            news.look(look(.draining, status: "draining", end: 301_000), now: 6_000)
                == ["EXTEND_TIMEOUT_USEC=305000000", "WATCHDOG_USEC=305000000"])
        // Never less than the manager gives by itself, and never nothing.
        #expect(
            news.look(look(.stopped, status: "stopped", end: 301_000), now: 400_000)
                == ["EXTEND_TIMEOUT_USEC=10000000", "WATCHDOG_USEC=60000000", "STATUS=stopped"])
    }
}

/// Which shards are stuck.
@Suite struct ShardPulseTests {
    private func shard(_ position: Int64, _ checkpoint: Int64, epoch: Int = 1) -> ShardSnapshot {
        var scene = Scene()
        scene.add(0, checkpoint: checkpoint)
        var shard = scene.shards[0]
        shard.position = position
        shard.epoch = epoch
        return shard
    }

    private func look(
        _ pulse: inout ShardPulse, _ shard: ShardSnapshot, _ now: Int64, hasReason: Bool = false
    ) -> Int { pulse.look([shard], now: now) { _ in hasReason }.count }

    @Test func onlyAShardWithWorkAndWithoutAReasonIsStuck() {
        var pulse = ShardPulse()
        #expect(look(&pulse, shard(10, 5), 0) == 0)
        #expect(look(&pulse, shard(10, 5), 29_999) == 0)
        #expect(look(&pulse, shard(10, 5), 30_000) == 1)
        // A reason, and the patience begins anew.
        #expect(look(&pulse, shard(10, 5), 31_000, hasReason: true) == 0)
        #expect(look(&pulse, shard(10, 5), 60_999) == 0)
        #expect(look(&pulse, shard(10, 5), 61_000) == 1)
    }

    @Test(arguments: [(11, 5, 1), (10, 6, 1), (10, 5, 2)])
    func anyMoveCounts(position: Int64, checkpoint: Int64, epoch: Int) {
        var pulse = ShardPulse()
        _ = look(&pulse, shard(10, 5), 0)
        #expect(look(&pulse, shard(position, checkpoint, epoch: epoch), 40_000) == 0)
        #expect(look(&pulse, shard(position, checkpoint, epoch: epoch), 69_999) == 0)
        #expect(look(&pulse, shard(position, checkpoint, epoch: epoch), 70_000) == 1)
    }

    @Test func nothingInHandIsNotStuck() {
        var pulse = ShardPulse()
        for now in stride(from: Int64(0), through: 1_000_000, by: 10_000) {
            #expect(look(&pulse, shard(10, 10), now) == 0)
        }
    }
}

/// What a status line says.
@Suite struct ServiceLookTests {
    private func look(_ scene: Scene, end: Int64? = nil) -> ServiceLook {
        ServiceLook(scene.readout, stuck: [], end: end)
    }

    @Test func aWellWorker() {
        var scene = Scene()
        for partition in 0..<3 { scene.add(Int32(partition), checkpoint: 100, end: 1_234) }
        #expect(look(scene).status == "3 shards, lag 3,402")
        #expect(look(scene).cause == "3 shards")
        #expect(look(scene).isUnderWay)
    }

    @Test func whatIsWaitedForIsSaid() {
        var scene = Scene()
        for partition in 0..<4 { scene.add(Int32(partition), end: 300, waiting: .breaker(sink: 0), since: 38_000) }
        scene.fail(0, .transient, "connection refused")
        #expect(look(scene).status == "4 shards, lag 800; orders:0-3 wait for breaker:clean since 23:59Z")
        scene = Scene(phase: .starting)
        #expect(!look(scene).isUnderWay)
        scene.waiting = "source: no broker answers\nREADY=1"
        #expect(look(scene).isUnderWay)
        #expect(look(scene).status == "waits for source: no broker answers READY=1")
    }

    @Test func joining() {
        var scene = Scene(hasJoined: false)
        #expect(!look(scene).isUnderWay)
        #expect(look(scene).status == "joining the group")
        scene.problem = "connection refused"
        #expect(look(scene).isUnderWay)
        #expect(look(scene).status == "waits for the broker: connection refused")
        #expect(look(Scene()).status == "no shards: others of the group have them, lag 0")
    }

    @Test func itIsNeverLong() {
        var scene = Scene(phase: .starting)
        scene.waiting = String(repeating: "long ", count: 200)
        #expect(look(scene).status.count == 240)
        #expect(look(scene).status.hasSuffix("…"))
    }
}
