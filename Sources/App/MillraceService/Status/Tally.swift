import Millrace
import MillraceEngine
import Platform

/// What is counted and remembered of the events of a worker, beyond its books.
///
/// Every collection is bounded: by the sinks, shards, stages and reasons there are, or by a number of its own.
struct Tally: Sendable {
    /// How a delivery ended.
    enum Outcome: String, CaseIterable {
        case delivered, transient, poison, rejected, untried, fatal

        init(_ kind: FailureClass) {
            switch kind {
            case .transient: self = .transient
            case .poison: self = .poison
            case .rejected: self = .rejected
            case .untried: self = .untried
            case .fatal: self = .fatal
            }
        }
    }

    /// A failure and when it was heard.
    struct Trouble: Sendable {
        let message: String
        let at: Timestamp
    }

    /// What is known of a sink.
    struct Sink: Sendable {
        var breaker = BreakerChange.closed
        /// Since when the breaker is closed, or is not; nil while it has never changed.
        var breakerSince: Timestamp?
        /// When the breaker last opened, monotonic milliseconds.
        var openedAt: Int64 = 0
        /// Deliveries by ``Outcome``.
        var outcomes = Array(repeating: 0, count: Outcome.allCases.count)
        /// Deliveries that failed and are tried again, whole or in part.
        var retries = 0
        var lastFailure: Trouble?
        var durations = Histogram(
            bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30])
    }

    /// A kind of dead letter.
    struct LetterKind: Hashable, Sendable {
        let stage: String
        let reason: String
    }

    /// Where a record counts as dead.
    struct DeadPlace: Hashable, Sendable {
        let shard: ShardID
        let sink: Int
        let reason: String
    }

    /// A dead letter as `status` shows it.
    struct Letter: Sendable {
        let shard: ShardID
        let offset: Int64
        let stage: String
        let reason: String
        let error: String
        let place: String
        let at: Timestamp
    }

    /// How many of the last dead letters are remembered.
    static let lettersKept = 20

    let sinkNames: [String]
    var sinks: [Sink]
    var batches = Histogram(bounds: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000])
    var letters: [LetterKind: Int] = [:]
    var dead: [DeadPlace: Int] = [:]
    /// The last dead letters, the newest last.
    var lastLetters: [Letter] = []
    /// The last dead letter that could not be written, until one is.
    var letterFailure: Trouble?
    /// Why shards are parked by the config's policy.
    var parkedFor: [ShardID: String] = [:]
    /// The records that the process dies of, by the shards that are parked before them.
    var killers: [ShardID: Int64] = [:]
    /// The number of the last assignment.
    var lastEpoch = 0
    /// Jumps in the offsets: losses and holes.
    var gaps = 0
    /// Offsets that the log had lost before they were read.
    var lost = 0

    init(sinks: [String]) {
        sinkNames = sinks
        self.sinks = Array(repeating: Sink(), count: sinks.count)
    }

    /// Takes `event` in.
    mutating func take(_ event: WorkerEvent, at time: Timestamp) {
        switch event {
        case .admitted(_, let records): batches.add(Double(records))
        case .answered(let sink, _, _, let failed, let first, _, let nanoseconds):
            count(sink, failed: failed, first?.failure, nanoseconds, time)
        case .assigned(let shard, let epoch, _, _):
            lastEpoch = max(lastEpoch, epoch)
            parkedFor[shard] = nil
            killers[shard] = nil
        case .breaker(let sink, let change):
            // One that opens again after a probe was not well in between.
            if change == .closed || sinks[sink].breaker == .closed { sinks[sink].breakerSince = time }
            sinks[sink].breaker = change
            if change == .opened { sinks[sink].openedAt = MonotonicClock.milliseconds() }
        case .deadLetterWritten(let shard, let offset, let stage, let reason, let error, let place):
            count(
                Letter(
                    shard: shard, offset: offset, stage: stage, reason: reason, error: error, place: place, at: time))
        case .deadLetterFailed(_, _, let error): letterFailure = Trouble(message: error, at: time)
        case .parkedByPolicy(let shard, let offset, let stage, let error):
            parkedFor[shard] = "\(shard):\(offset) is dead at \(stage): \(error)"
        case .killedProcess(let shard, let offsets, let deaths, isParked: true):
            parkedFor[shard] = "the process died \(deaths) times of \(shard):\(offsets.lowerBound)"
            killers[shard] = offsets.lowerBound
        case .killedProcess: break
        case .lost(let shard, let offsets):
            gaps += 1
            lost += offsets.count
            parkedFor[shard] = "the log lost offsets \(offsets.lowerBound) to \(offsets.upperBound)"
        case .hole: gaps += 1
        case .released, .waits, .deadLetterShortened, .abandoned, .rewound, .passedOver, .unreadable, .refused, .fault:
            break
        }
    }

    private mutating func count(
        _ sink: Int, failed: Int, _ first: Failure?, _ nanoseconds: Int64?, _ time: Timestamp
    ) {
        let outcome: Outcome = failed == 0 ? .delivered : first.map { Outcome($0.kind) } ?? .untried
        sinks[sink].outcomes[outcome.index] += 1
        if let nanoseconds { sinks[sink].durations.add(Double(nanoseconds) / 1e9) }
        guard failed > 0 else { return }
        if outcome != .poison { sinks[sink].retries += 1 }
        if let first { sinks[sink].lastFailure = Trouble(message: first.message, at: time) }
    }

    private mutating func count(_ letter: Letter) {
        letterFailure = nil
        letters[LetterKind(stage: letter.stage, reason: letter.reason), default: 0] += 1
        for sink in sinksWithout(letter.stage) {
            dead[DeadPlace(shard: letter.shard, sink: sink, reason: letter.reason), default: 0] += 1
        }
        lastLetters.append(letter)
        if lastLetters.count > Tally.lettersKept { lastLetters.removeFirst() }
    }

    /// The sinks that do not get a record that died at `stage`: one sink's own stages are its own affair, what dies before
    /// is dead for all.
    private func sinksWithout(_ stage: String) -> [Int] {
        guard stage.hasPrefix("sink:") else { return Array(sinkNames.indices) }
        let name = stage.dropFirst(5).prefix { $0 != "/" }
        return sinkNames.firstIndex { $0 == name }.map { [$0] } ?? []
    }
}

extension Tally.Outcome {
    /// Its place among all.
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Keeps a ``Tally`` of what lanes tell. Each event is a lock and a few additions, a few times a batch.
final class TallyKeeper: Observer {
    private let state: Locked<Tally>

    init(sinks: [String]) { state = Locked(Tally(sinks: sinks)) }

    func observe(_ event: WorkerEvent) {
        if case .waits = event { return }
        let time = Timestamp.now()
        state.withLock { $0.take(event, at: time) }
    }

    /// As it stands now.
    var tally: Tally { state.withLock { $0 } }
}

/// Several observers as one.
struct Observers: Observer {
    let all: [any Observer]

    func observe(_ event: WorkerEvent) { for observer in all { observer.observe(event) } }
}
