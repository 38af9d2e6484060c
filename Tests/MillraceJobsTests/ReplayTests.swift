import KafkaConnector
import Millrace
import Platform
import Testing

@testable import MillraceJobs

private let orders = ShardID(topic: "orders", partition: 0)

@Suite struct ReplayRangeTests {
    @Test func staysInsideTheLog() {
        let range = ReplayRange(orders, 100..<200, from: 50, to: 500)
        #expect(range.from == 100)
        #expect(range.to == 200)
        #expect(
            range.remarks(.offset(50)) == [
                "orders:0: 50..<100 has expired; the log begins at 100", "orders:0: the log ends at 200 now",
            ])
    }

    @Test func whatLiesBehindTheEndIsEmpty() {
        let range = ReplayRange(orders, 100..<200, from: 300, to: 400)
        #expect(range.from == 200)
        #expect(range.to == 200)
        let turned = ReplayRange(orders, 100..<200, from: 150, to: 120)
        #expect(turned.from == turned.to)
    }

    @Test func aTimeThatMayHaveExpiredIsSaid() {
        let range = ReplayRange(orders, 100..<200, from: 100, to: 200)
        #expect(range.remarks(.time(1)).count == 1)
        #expect(range.remarks(.earliest).isEmpty)
        #expect(ReplayRange(orders, 0..<200, from: 0, to: 200).remarks(.time(1)).isEmpty)
        #expect(ReplayRange(orders, 100..<200, from: 101, to: 200).remarks(.ago(1)).isEmpty)
    }
}

@Suite struct ReplayOrderTests {
    @Test func aBareOffsetNeedsAShard() throws {
        let two = [orders, ShardID(topic: "orders", partition: 1)]
        var order = ReplayOrder(from: "17")
        #expect(throws: MillraceError.self) { try order.check(["clean"], two) }
        try order.check(["clean"], [orders])
        order.shards = [orders]
        try order.check(["clean"], two)
        order.shards = [ShardID(topic: "orders", partition: 7)]
        #expect(throws: MillraceError.self) { try order.check(["clean"], two) }
    }

    @Test func unknownSinksAreRefused() {
        var order = ReplayOrder(from: "earliest")
        order.sinks = .some(["claen"])
        #expect(throws: MillraceError.self) { try order.check(["clean"], [orders]) }
    }

    /// What is empty whatever the logs hold is a mistake of the command line.
    @Test(arguments: [
        ("50", "10"), ("50", "earliest"), ("now", "-2h"), ("latest", "-2h"), ("-1h", "-2h"),
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), ("-1h", "2026-01-01T00:00:00Z"),
    ])
    func aRangeThatEndsBeforeItBeginsIsRefused(_ range: (from: String, to: String)) throws {
        var order = ReplayOrder(from: range.from)
        order.to = range.to
        let now = try #require(Timestamp(rfc3339: "2026-03-01T00:00:00Z")).milliseconds
        let error = #expect(throws: MillraceError.self) { try order.checkRange(now: now) }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("--from \(range.from) comes after --to \(range.to)") == true)
    }

    @Test(
        arguments: [
            ("10", "50"), ("10", "10"), ("earliest", "0"), ("earliest", "-2h"), ("50", "now"), ("50", "-2h"),
            ("-2h", "50"),
            ("-2h", "-1h"), ("2026-01-01T00:00:00Z", "-1h"), ("-2h", "latest"), ("-2h", nil), ("50", nil),
        ] as [(String, String?)])
    func otherRangesAreFine(_ range: (from: String, to: String?)) throws {
        var order = ReplayOrder(from: range.from)
        order.to = range.to
        try order.checkRange(now: try #require(Timestamp(rfc3339: "2026-03-01T00:00:00Z")).milliseconds)
    }

    @Test func whatIsStillToComeCannotBeReplayed() throws {
        let order = ReplayOrder(from: "2026-03-01T00:00:01Z")
        let now = try #require(Timestamp(rfc3339: "2026-03-01T00:00:00Z")).milliseconds
        #expect(throws: MillraceError.self) { try order.checkRange(now: now) }
        try order.checkRange(now: now + 1_000)
    }

    @Test func identityIsWhatIsReadAndWhereItGoes() {
        var one = ReplayOrder(from: "-2h")
        one.sinks = .some(["a", "b"])
        var other = one
        other.sinks = .some(["b", "a"])
        other.rate = 5
        other.start = .resume
        #expect(one.identity("p") == other.identity("p"))
        other.to = "now"
        #expect(one.identity("p") != other.identity("p"))
        #expect(one.identity("p") != one.identity("q"))
        other = one
        other.sinks = .all
        #expect(one.identity("p") != other.identity("p"))
    }
}

@Suite struct ReplayProgressTests {
    private func progress() -> ReplayProgress {
        ReplayProgress(
            id: "i", identity: "x", startedAt: "2026-03-01T07:00:00.000Z", sinks: ["clean"],
            shards: [
                .init(topic: "orders", partition: 0, from: 100, to: 200, checkpoint: 100, metadata: nil, isDone: false),
                .init(topic: "orders", partition: 1, from: 5, to: 5, checkpoint: 5, metadata: nil, isDone: true),
            ])
    }

    @Test func takesWhatTheSourceSaysAndNeverGoesBack() {
        var now = progress()
        #expect(now.percent == 0)
        #expect(now.ranges == [ShardRange(orders, checkpoint: 100, end: 200)])
        now.take([orders: .init(checkpoint: 150, metadata: "m", isDone: false)])
        #expect(now.percent == 50)
        now.take([orders: .init(checkpoint: 120, metadata: "m", isDone: false)])
        #expect(now.done == 50)
        // Holes at the end: the checkpoint never gets there, and the shard is done all the same.
        now.take([orders: .init(checkpoint: 190, metadata: "m", isDone: true)])
        #expect(now.percent == 100)
        #expect(now.finished == 2)
        #expect(now.ranges.isEmpty)
    }

    @Test func outlivesItsProcess() throws {
        let folder = try StateFolder(try temporaryFolder())
        var kept = progress()
        kept.shards[0].metadata = "\u{1}\u{2}\"é"
        do {
            let file = try StateFile<ReplayProgress>("a.json", in: folder, work: "replay")
            #expect(try file.read() == nil)
            try file.write(progress())
            try file.write(kept)
            // Another process is kept out.
            #expect(throws: MillraceError.self) {
                try StateFile<ReplayProgress>("a.json", in: folder, work: "replay")
            }
        }
        let file = try reopened("a.json", in: folder)
        #expect(try file.read() == kept)
        file.remove()
        #expect(try file.read() == nil)
    }

    /// Opens a file that was just closed. A process that another test starts at this moment holds a copy of the lock until it
    /// is itself.
    private func reopened(_ name: String, in folder: StateFolder) throws -> StateFile<ReplayProgress> {
        let deadline = MonotonicClock.milliseconds() + 60_000
        while true {
            do { return try StateFile(name, in: folder, work: "replay") } catch {
                guard MonotonicClock.milliseconds() < deadline else { throw error }
            }
        }
    }

    @Test func aTornFileIsRefused() throws {
        let folder = try StateFolder(try temporaryFolder())
        let file = try StateFile<ReplayProgress>("a.json", in: folder, work: "replay")
        let torn = try File(file.path, [.writing, .creating])
        try torn.write("{\"id\":")
        #expect(throws: MillraceError.self) { try file.read() }
    }

    private func temporaryFolder() throws -> String {
        let base = Environment.value("TMPDIR") ?? "/tmp"
        let path = "\(base)/millrace-jobs-\(Process.identifier)-\(MonotonicClock.now())"
        try FileSystem.makeFolders(path)
        return path
    }
}

@Suite struct StateFolderTests {
    @Test func theFirstThatIsSetCounts() throws {
        var set: [String: String] = ["HOME": "/home/u"]
        #expect(try StateFolder(nil, environment: { set[$0] }).path == "/home/u/.local/state/millrace")
        set["XDG_STATE_HOME"] = "/x"
        #expect(try StateFolder(nil, environment: { set[$0] }).path == "/x/millrace")
        set["STATE_DIRECTORY"] = "/var/lib/millrace:/var/lib/other"
        #expect(try StateFolder(nil, environment: { set[$0] }).path == "/var/lib/millrace")
        #expect(try StateFolder("/d", environment: { set[$0] }).path == "/d")
        #expect(throws: MillraceError.self) { try StateFolder(nil, environment: { _ in nil }) }
    }
}

@Suite struct RateLimiterTests {
    /// Whatever is asked for and whenever, no second lets through more than the rate, a burst and one batch.
    @Test(arguments: [UInt64(1), 2, 3])
    func keepsToTheRate(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limiter = RateLimiter(rate: 1_000, now: 0)
        var (now, read): (Int64, Int) = (0, 0)
        while now < 20_000 {
            let allowed = limiter.allowance(Int(random.next() % 400) + 1, now: now)
            limiter.charge(allowed)
            read += allowed
            now += Int64(random.next() % 40)
        }
        #expect(read <= 20_100, "seed \(seed)")
        #expect(read >= 19_000, "seed \(seed)")
    }

    @Test func whatWasReadTooMuchIsWaitedFor() {
        let limiter = RateLimiter(rate: 100, now: 0)
        #expect(limiter.allowance(50, now: 1_000) == 10)
        limiter.charge(60)
        #expect(limiter.allowance(50, now: 1_400) == 0)
        #expect(limiter.allowance(50, now: 1_600) > 0)
    }
}
