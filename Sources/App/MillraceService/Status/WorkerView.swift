import Millrace
import MillraceEngine
import Platform

/// How a worker stands, for whoever asks: the log's minute, metrics, status, health.
///
/// Any thread. Asking the lanes wakes them, so an answer younger than 20 ms is given again, and lanes that did not answer
/// in 200 ms are left alone for a second: a stuck lane cannot hang who asks, and a flood of questions costs the lanes
/// nothing.
final class WorkerView: Sendable {
    fileprivate struct State {
        var phase = WorkerPhase.starting
        /// What a start waits for.
        var waiting: String?
        var engine: Engine?
        var source: (any Source)?
        var snapshot: WorkerSnapshot?
        /// When the snapshot was made, monotonic milliseconds.
        var taken: Int64 = 0
        /// Lanes are not asked before this.
        var askAgain: Int64 = 0
        var history = ShardHistory()
        var problemSince: Timestamp?
        var clientErrors: [String: String] = [:]
    }

    /// How long lanes may take to answer.
    private static let patience: Int64 = 200
    /// An answer this young is as good as a new one.
    private static let freshness: Int64 = 20
    /// Lanes that have not answered for so long are stuck: a restart helps. Longer than any call that a lane may block in
    /// (a seek, 10 s).
    static let stuckAfter: Int64 = 30_000

    let facts: WorkerFacts
    let keeper: TallyKeeper
    private let state = Locked(State())

    init(_ facts: WorkerFacts) {
        self.facts = facts
        keeper = TallyKeeper(sinks: facts.sinks.map(\.name))
    }

    // MARK: - What the worker tells

    /// The start waits for `text`; nil when it does not any more.
    func isWaiting(for text: String?) { state.withLock { $0.waiting = text } }

    /// Shards may be assigned from now on.
    func runs(_ engine: Engine, _ source: any Source) {
        let now = MonotonicClock.milliseconds()
        state.withLock { state in
            state.phase = .running
            state.waiting = nil
            state.engine = engine
            state.source = source
            state.taken = now
        }
    }

    /// Remembers what the client of a sink, or a sink's file, complains of, for those who ask why it does not answer.
    func hears(_ note: Note) {
        func field(_ name: String) -> String? { note.fields.first { $0.name == name }?.value }
        if note.event == "file-works-again", let sink = field("sink") {
            state.withLock { $0.clientErrors[sink] = nil }
        } else if note.event == "file-waits", let sink = field("sink"), let error = field("error") {
            state.withLock { $0.clientErrors[sink] = error }
        } else if note.level >= .warn, let client = field("client"), client.hasPrefix("sink:"), let text = field("text")
        {
            state.withLock { $0.clientErrors[String(client.dropFirst(5))] = text }
        }
    }

    /// No more is read.
    func drains() { state.withLock { $0.phase = .draining } }

    /// The lanes have ended, and this is how they stood.
    func hasStopped(_ snapshot: WorkerSnapshot?) {
        state.withLock { state in
            state.phase = .stopped
            state.engine = nil
            state.snapshot = snapshot ?? state.snapshot
        }
    }

    /// The engine, for operators; nil before the start and after the end.
    var engine: Engine? { state.withLock { $0.engine } }

    // MARK: - What others ask

    /// How everything stands now, or stood when the lanes last answered.
    func readout() -> Readout {
        refresh()
        let now = MonotonicClock.milliseconds()
        let tally = keeper.tally
        return state.withLock { state in
            Readout(
                facts: facts, phase: state.phase, now: now, time: .now(), waiting: state.waiting,
                snapshot: state.snapshot ?? WorkerSnapshot(sinks: facts.sinks.count),
                age: state.engine == nil ? 0 : now - state.taken, ends: state.source?.ends() ?? [:],
                committed: state.source?.committed() ?? [:], commitFailures: state.source?.commitFailures ?? 0,
                hasJoined: state.source?.hasJoined ?? false,
                problem: state.source?.problem, problemSince: state.problemSince, heldUp: state.heldUp,
                pending: state.pending, tally: tally,
                clientErrors: state.clientErrors,
                history: state.history, batchBytes: state.engine?.batchBytes ?? 0, holds: state.engine?.holds ?? [])
        }
    }

    /// Asks the lanes, unless they have just answered or just did not.
    /// - Returns: the newest answer; nil before the first.
    @discardableResult
    func refresh() -> WorkerSnapshot? {
        let now = MonotonicClock.milliseconds()
        let engine = state.withLock { state -> Engine? in
            let isFresh = state.snapshot != nil && now - state.taken <= WorkerView.freshness
            return isFresh || now < state.askAgain ? nil : state.engine
        }
        if let engine {
            // Outside the lock: others are served with what there is meanwhile.
            let answer = engine.snapshot(within: WorkerView.patience)
            let now = MonotonicClock.milliseconds()
            state.withLock { $0.take(answer, now) }
        }
        return state.withLock { $0.snapshot }
    }

    /// Whether a restart would help, and why.
    func death() -> String? {
        refresh()
        let now = MonotonicClock.milliseconds()
        return state.withLock { state in
            guard state.engine != nil, now - state.taken > WorkerView.stuckAfter else { return nil }
            return "a lane has not answered for \(Figures.time(now - state.taken))"
        }
    }
}

extension WorkerView.State {
    /// The shards that the source cannot read, and why.
    fileprivate var heldUp: [ShardID: String] {
        guard let source, source.problem != nil, let shards = snapshot?.shards else { return [:] }
        var found: [ShardID: String] = [:]
        for shard in shards { found[shard.shard] = source.problem(of: shard.shard) }
        return found
    }

    /// What of the shards stands behind an open transaction.
    fileprivate var pending: [ShardID: PendingInput] {
        guard let source, let shards = snapshot?.shards else { return [:] }
        var found: [ShardID: PendingInput] = [:]
        for shard in shards { found[shard.shard] = source.pending(of: shard.shard) }
        return found
    }

    fileprivate mutating func take(_ answer: WorkerSnapshot?, _ now: Int64) {
        guard let answer else {
            askAgain = now + 1_000  // Lanes that did not answer are left alone for a while.
            return
        }
        snapshot = answer
        snapshot?.shards.sort { $0.shard < $1.shard }
        taken = now
        history.look(answer.shards, ends: source?.ends() ?? [:], now: now)
        if source?.problem == nil { problemSince = nil } else { problemSince = problemSince ?? .now() }
    }
}
