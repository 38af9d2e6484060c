import Millrace
import MillraceEngine
import Platform

/// The service manager that started this process, if one did: told how the worker stands, on the worker's own thread.
///
/// Everything is a no-op where `NOTIFY_SOCKET` is not set.
final class ServiceManager {
    /// How often a worker that is ready is looked at, milliseconds.
    private static let interval: Int64 = 1_000

    private let socket: NotifySocket?
    private let notes: any NoteTaker
    private var news: ServiceNews
    private var pulse = ShardPulse()
    private var looked = Int64.min / 2
    private var end: Int64?
    private var isSilent = false
    private var isWarned = false

    /// The manager that the environment names.
    convenience init(notes: any NoteTaker) {
        self.init(notes: notes, process: Process.identifier) { Environment.value($0) }
    }

    init(notes: any NoteTaker, process: Int32, variable: (String) -> String?) {
        self.notes = notes
        socket = variable("NOTIFY_SOCKET").flatMap { NotifySocket(address: $0) }
        var watchdog = variable("WATCHDOG_USEC").flatMap { Int64($0) }.map { $0 / 1_000 }
        // The variables of another process, which this one has inherited.
        if let owner = variable("WATCHDOG_PID"), owner != "\(process)" { watchdog = nil }
        news = ServiceNews(watchdog: watchdog.flatMap { $0 > 0 ? $0 : nil })
    }

    /// Looks at the worker and tells what is new. Cheap enough for every turn of a loop: it looks once a second.
    func look(at view: WorkerView) {
        let now = MonotonicClock.milliseconds()
        guard socket != nil, !news.isReady || now - looked >= ServiceManager.interval else { return }
        looked = now
        let readout = view.readout()
        let stuck = pulse.look(readout.snapshot.shards, now: readout.now) { readout.waiting($0) != nil }
        warn(stuck, readout)
        tell(ServiceLook(readout, stuck: stuck, end: end), now: readout.now)
    }

    /// The worker drains and will have stopped at `deadline`, monotonic milliseconds.
    func drains(_ view: WorkerView, until deadline: Int64) {
        end = deadline
        looked = Int64.min / 2
        look(at: view)
    }

    private func tell(_ look: ServiceLook, now: Int64) {
        guard let socket else { return }
        var next = news
        let lines = next.look(look, now: now)
        guard !lines.isEmpty else { return news = next }
        do throws(SystemError) {
            try socket.send(lines.joined(separator: "\n"))
            // What could not be sent is as if never said, and comes again at the next look.
            news = next
            isSilent = false
        } catch {
            guard !isSilent else { return }
            isSilent = true
            notes.note(
                Note(
                    .warn, "service-manager",
                    [("error", "\(error)"), ("next", "tried again"), ("note", "it may end the worker for its silence")])
            )
        }
    }

    /// Says, before the manager ends the worker, what for.
    private func warn(_ stuck: [ShardID], _ readout: Readout) {
        let isStuck = !stuck.isEmpty || readout.age > WorkerView.stuckAfter
        defer { isWarned = isStuck }
        guard isStuck, !isWarned else { return }
        let what =
            stuck.isEmpty
            ? "a lane has not answered for \(Figures.time(readout.age))"
            : "\(ShardRanges.text(stuck)) has work, does not move and waits for nothing known"
        notes.note(
            Note(
                .error, "stuck",
                [
                    ("error", what), ("next", "the watchdog is not fed any more, so a restart follows"),
                    ("note", "nothing is lost: what is not committed is read again"),
                ]))
    }
}
