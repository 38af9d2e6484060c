import Millrace
import Platform

/// What stands between those who take notes and the thread that writes them.
final class LogQueue: Sendable {
    /// The most entries that wait, and the most bytes they hold: as many again are with the writing thread. What the
    /// limiter held back and releases is let in beyond that, being bounded there.
    static let mostEntries = 1_024
    static let mostBytes = 1 << 20

    /// Notes that end something: what is held back comes before them, so that they are the last word.
    static let endings: Set<String> = ["draining", "stopped"]

    private struct State {
        var limiter = LogLimiter()
        var waiting: [LogEntry] = []
        var bytes = 0
        /// Entries that found no room since the last line that said so.
        var leftOut = 0
        /// Entries that ever waited, and those of them that are written.
        var added = 0
        var written = 0
        var hasEnded = false

        var isFull: Bool { waiting.count >= LogQueue.mostEntries || bytes >= LogQueue.mostBytes }

        mutating func push(_ entry: LogEntry) {
            waiting.append(entry)
            bytes += entry.size
            added += 1
        }

        /// Everything that waits, and a line about what did not find room.
        mutating func take(at time: Timestamp) -> [LogEntry]? {
            if leftOut > 0 {
                let fields = [(name: "lines", value: String(leftOut))]
                push(LogEntry(note: Note(.warn, "log-left-out", fields), time: time, repeated: 0))
                leftOut = 0
            }
            if waiting.isEmpty { return hasEnded ? [] : nil }
            defer {
                waiting = []
                bytes = 0
            }
            return waiting
        }
    }

    private let state = Locked(State())
    private let news = Condition()
    private let progress = Condition()

    /// Lets `note` wait for the writing thread, unless it is one of many.
    func add(_ note: Note, at time: Timestamp) {
        let now = MonotonicClock.milliseconds()
        let isAdded = state.withLock { state in
            if Self.endings.contains(note.event) {
                for entry in state.limiter.drain() { state.push(entry) }
            }
            guard let entry = state.limiter.admit(note, at: time, now: now) else { return false }
            // What a line stands for is left out with it.
            if state.isFull { state.leftOut += 1 + entry.repeated } else { state.push(entry) }
            return true
        }
        if isAdded { news.signal() }
    }

    /// The next entries to write, in order; waits for them. Nil at the end. For the writing thread alone.
    func next(at clock: () -> Timestamp) -> [LogEntry]? {
        while true {
            let due = state.withLock { $0.limiter.nextDue }
            let taken = state.wait(on: news, until: due.map { $0 * 1_000_000 }) { state -> [LogEntry]? in
                for entry in state.limiter.due(now: MonotonicClock.milliseconds()) { state.push(entry) }
                return state.take(at: clock())
            }
            if let taken { return taken.isEmpty ? nil : taken }
        }
    }

    /// `count` entries of those that ``next(at:)`` gave are written.
    func hasWritten(_ count: Int) {
        state.withLock { $0.written += count }
        progress.broadcast()
    }

    /// Lets everything be written that came before, and waits for it.
    func flush(until deadline: Int64) -> Bool {
        let target = state.withLock { state in
            for entry in state.limiter.drain() { state.push(entry) }
            return state.added
        }
        news.signal()
        let isDone: Void? = state.wait(on: progress, until: deadline) { state in
            state.written >= target && state.leftOut == 0 ? () : nil
        }
        return isDone != nil
    }

    /// The writing thread ends once nothing waits.
    func end() {
        state.withLock { $0.hasEnded = true }
        news.signal()
    }
}
