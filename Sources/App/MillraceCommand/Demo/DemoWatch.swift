import Millrace
import MillraceEngine
import Platform

/// Watches the demo: keeps how things stand for the view, or writes a line every five seconds, and knows when it is over.
/// Thread safe.
final class DemoWatch: Sendable {
    /// How things stood at a moment, monotonic milliseconds.
    struct Moment: Sendable {
        var time: Int64
        var snapshot: WorkerSnapshot
        var ends: [ShardID: Int64]
    }

    private struct State {
        /// The last few seconds, the oldest first.
        var moments: [Moment] = []
        var nextLine: Int64
        var limit: DemoLimit
        /// When somebody asked for the end, monotonic milliseconds.
        var quitAt: Int64?
    }

    /// When the demo began, monotonic milliseconds.
    let start = MonotonicClock.milliseconds()
    private let traffic: DemoTraffic
    private let trouble: DemoTrouble
    /// Where lines go; nil where there is a view instead.
    private let output: StandardStream?
    private let state: Locked<State>

    /// How far back rates look, milliseconds.
    private static let window: Int64 = 3_000
    /// How long what was sent may take to be done after somebody asked for the end, milliseconds.
    private static let patience: Int64 = 10_000

    /// Watches `traffic`; `limit` is how long it goes on once orders are read, in milliseconds.
    init(_ traffic: DemoTraffic, _ trouble: DemoTrouble, output: StandardStream?, limit: Int64?) {
        self.traffic = traffic
        self.trouble = trouble
        self.output = output
        state = Locked(State(nextLine: start + 5_000, limit: DemoLimit(limit)))
    }

    /// Asks for the end: nothing more is sent, a sink that is down comes back, and what was sent is done first.
    func quit() {
        let now = MonotonicClock.milliseconds()
        trouble.endOutage(at: now)
        traffic.halt()
        state.withLock { $0.quitAt = $0.quitAt ?? now }
    }

    /// Whether somebody asked for the end.
    var isQuitting: Bool { state.withLock { $0.quitAt != nil } }

    /// The last few seconds, the oldest moment first.
    var moments: [Moment] { state.withLock { $0.moments } }

    /// How things stand now; whether the demo is over.
    func look(_ snapshot: WorkerSnapshot, _ source: any Source) -> Bool {
        traffic.hear(read: snapshot.read)
        let now = MonotonicClock.milliseconds()
        let moment = Moment(time: now, snapshot: snapshot, ends: source.ends())
        let (isDue, isOver, quitAt) = state.withLock { state in
            state.moments.append(moment)
            // One from before the window stays, so that rates span all of it.
            while state.moments.count > 2 && now - state.moments[1].time >= DemoWatch.window {
                state.moments.removeFirst()
            }
            let isOver = state.limit.isOver(read: snapshot.read, now: now)
            guard now >= state.nextLine else { return (false, isOver, state.quitAt) }
            state.nextLine += 5_000
            return (true, isOver, state.quitAt)
        }
        if isDue, let output { output.writeLine(line(snapshot, seconds: (now - start) / 1_000)) }
        if isOver { return true }
        if let quitAt, now - quitAt >= DemoWatch.patience { return true }
        // A record may have been read twice (a sink's loss, a hand-over), so that reading alone says little.
        return traffic.isFinished && snapshot.read >= traffic.sent && snapshot.books.allSatisfy { $0.inFlight == 0 }
    }

    private func line(_ snapshot: WorkerSnapshot, seconds: Int64) -> String {
        let books = snapshot.books
        return
            "\(seconds)s   read \(snapshot.read)  filtered \(books[0].filtered)  delivered clean=\(books[0].delivered)"
            + " archive=\(books[1].delivered)  dead \(books[0].deadLettered)  waiting \(traffic.sent - snapshot.read)"
    }
}
