import Millrace
import Platform

@testable import MillraceEngine
@testable import MillraceService

/// How a worker could stand: two sinks, shards of `orders`.
struct Scene {
    var phase = WorkerPhase.running
    var waiting: String?
    var shards: [ShardSnapshot] = []
    var finished: [ShardID: [SinkBooks]] = [:]
    var ends: [ShardID: Int64] = [:]
    var age: Int64 = 0
    var problem: String?
    /// The topics that the problem holds up; nil for all.
    var heldUp: Set<String>?
    var pending: [ShardID: PendingInput] = [:]
    var hasJoined = true
    var deadLetterTopic: String? = "orders.dlq"
    var history = ShardHistory()
    var holds: Set<Hold> = []
    var clientErrors: [String: String] = [:]
    /// When the breaker of the first sink opened, where it has; nil: as the clock says.
    var openedAt: Int64?
    let keeper = TallyKeeper(sinks: ["clean", "archive"])
    let now: Int64 = 10_000_000
    let time = Timestamp(milliseconds: 1_767_225_600_000)

    static func shard(_ partition: Int32) -> ShardID { ShardID(topic: "orders", partition: partition) }

    static func books(delivered: Int, dead: Int = 0, filtered: Int = 0, inFlight: Int = 0) -> SinkBooks {
        var books = SinkBooks()
        books.read = delivered + dead + filtered + inFlight
        books.delivered = delivered
        books.deadLettered = dead
        books.filtered = filtered
        books.inFlight = inFlight
        return books
    }

    /// Adds a shard that was read to `checkpoint`, and whose log ends at `end`.
    mutating func add(
        _ partition: Int32, checkpoint: Int64 = 100, end: Int64 = 100, waiting: ShardWait = .input,
        since: Int64 = 0, timestamp: Int64? = nil, isParkedByPolicy: Bool = false
    ) {
        let books = Scene.books(delivered: Int(checkpoint))
        shards.append(
            ShardSnapshot(
                shard: Scene.shard(partition), epoch: 3, position: checkpoint, checkpoint: checkpoint, waiting: waiting,
                since: now - since, nextTry: nil, cursors: [checkpoint, checkpoint - 10], inFlight: 0, inFlightBytes: 0,
                timestamp: timestamp, problem: nil, problemSince: nil, isParkedByPolicy: isParkedByPolicy,
                books: [books, books],
                unanswered: [nil, nil]))
        ends[Scene.shard(partition)] = end
    }

    var facts: WorkerFacts {
        WorkerFacts(
            pipeline: "orders", version: "0.1.0", path: "orders.yaml", text: ConfigText(),
            sinks: [
                .init(name: "clean", isRequired: true, recoveryTimeout: 60_000),
                .init(name: "archive", isRequired: false, recoveryTimeout: 60_000),
            ], deadLetterTopic: deadLetterTopic, memory: MemorySplit(memory: 512 << 20), memoryLimit: 512 << 20,
            startedAt: Timestamp(milliseconds: time.milliseconds - 3_600_000), startedAtTick: now - 3_600_000)
    }

    var snapshot: WorkerSnapshot {
        var snapshot = WorkerSnapshot(sinks: 2)
        snapshot.shards = shards
        snapshot.finished = finished
        for books in shards.map(\.books) + finished.values {
            for sink in books.indices { snapshot.books[sink].add(books[sink]) }
            snapshot.read += books[0].read
        }
        return snapshot
    }

    private var tally: Tally {
        var tally = keeper.tally
        if let openedAt { tally.sinks[0].openedAt = openedAt }
        return tally
    }

    var readout: Readout {
        Readout(
            facts: facts, phase: phase, now: now, time: time, waiting: waiting, snapshot: snapshot, age: age,
            ends: ends, committed: [:], commitFailures: 0, hasJoined: hasJoined, problem: problem,
            problemSince: problem == nil ? nil : Timestamp(milliseconds: time.milliseconds - 5_000),
            heldUp: problem.map { problem in
                let shards = shards.map(\.shard).filter { heldUp?.contains($0.topic) ?? true }
                return Dictionary(uniqueKeysWithValues: shards.map { ($0, problem) })
            } ?? [:],
            pending: pending, tally: tally, clientErrors: clientErrors, history: history, batchBytes: 1 << 20,
            holds: holds)
    }

    /// A sink answers that a delivery failed.
    func fail(_ sink: Int, _ kind: FailureClass, _ message: String) {
        keeper.observe(
            .answered(
                sink: sink, Scene.shard(0), delivered: 0, failed: 1,
                firstFailure: IndexedFailure(0, Failure(kind, message)), offset: 7, nanoseconds: 3_000_000))
    }

    /// A dead letter is written.
    func bury(_ partition: Int32, _ offset: Int64, stage: String, reason: String, error: String = "bad") {
        keeper.observe(
            .deadLetterWritten(
                Scene.shard(partition), offset: offset, stage: stage, reason: reason, error: error,
                place: "orders.dlq:0:\(offset)"))
    }
}

extension String {
    /// The value of a sample of Prometheus's text; nil where there is none.
    func sample(_ name: String) -> String? {
        split(separator: "\n").first { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
