import Millrace
import Platform

/// The log: takes notes from any thread and writes them as lines, each by one write, on a thread of its own.
///
/// Taking a note costs a lock and a look-up, never a write. Notes that are alike are limited (one line each 30 s, then
/// `repeated=N`). Where the destination is slower than what is let through, up to 1,024 notes and 1 MiB wait; more are
/// counted, and a line `log-left-out lines=N` says so. Nothing is lost at an ordinary end that calls ``close(within:)``.
public final class LogWriter: NoteTaker {
    private let queue: LogQueue
    private let level: NoteLevel
    private let clock: @Sendable () -> Timestamp
    private let thread: Thread

    /// A log on `stream` of notes from `level` upwards.
    public convenience init(
        _ stream: StandardStream = .error, _ style: LogStyle, level: NoteLevel = .info
    ) throws(SystemError) {
        try self.init(stream, style, level: level, clock: { Timestamp.now() })
    }

    init(
        _ stream: StandardStream, _ style: LogStyle, level: NoteLevel, clock: @escaping @Sendable () -> Timestamp
    ) throws(SystemError) {
        let queue = LogQueue()
        self.queue = queue
        self.level = level
        self.clock = clock
        thread = try Thread(name: "log") {
            while let entries = queue.next(at: clock) {
                for entry in entries {
                    // A log that nobody reads must not end the work, so a failed write is passed over.
                    try? stream.write(entry.line(style).span)
                }
                queue.hasWritten(entries.count)
            }
        }
    }

    deinit {
        queue.end()
    }

    /// Takes `note`, or counts it where one like it was just written or the log cannot keep up. Any thread.
    public func note(_ note: Note) {
        guard takes(note.level) else { return }
        queue.add(note, at: clock())
    }

    /// Whether notes of `level` are written.
    public func takes(_ level: NoteLevel) -> Bool { level >= self.level }

    /// Writes everything that waits, what was held back as alike included, and returns when that is done.
    /// - Parameter limit: The longest wait, in milliseconds.
    /// - Returns: `false` when the destination did not take it in that time.
    @discardableResult
    public func flush(within limit: Int64 = 5_000) -> Bool {
        queue.flush(until: MonotonicClock.now() + limit * 1_000_000)
    }

    /// Flushes and ends the log; later notes are lost. Call it once, last.
    /// - Parameter limit: The longest wait, in milliseconds.
    /// - Returns: `false` when the destination did not take everything in that time.
    @discardableResult
    public func close(within limit: Int64 = 5_000) -> Bool {
        let isDone = flush(within: limit)
        queue.end()
        if isDone { thread.join() }
        return isDone
    }
}
