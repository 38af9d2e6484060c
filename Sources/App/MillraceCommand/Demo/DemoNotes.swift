import Millrace
import Platform

/// Hears what the worker notes, for the view: dead letters, breakers, errors. Hands the notes on to the log, where there
/// is one that does not stand in the view's way. Thread safe.
final class DemoNotes: NoteTaker {
    /// What was heard.
    struct Heard: Sendable {
        /// The newest dead letters, the newest first.
        var letters: [WorkerBoard.Letter] = []
        /// How many each stage gave, in the order in which they first came.
        var counts: [(stage: String, count: Int)] = []
        /// The sinks whose breaker is not closed: `open` or `half open`, and since when, monotonic milliseconds.
        var breakers: [String: (isHalfOpen: Bool, since: Int64)] = [:]
        /// The last complaint of each sink.
        var errors: [String: String] = [:]
        /// Whether the worker finishes what was begun, and reads no more.
        var isDraining = false
        /// What ended the worker, in words, or made it go on in a way that somebody should know of.
        var faults: [String] = []
    }

    private let state = Locked(Heard())
    private let log: (any NoteTaker)?

    /// How many dead letters are kept for the view.
    private static let kept = 50

    /// Hands everything on to `log`, if there is one.
    init(log: (any NoteTaker)?) { self.log = log }

    /// What was heard so far.
    var heard: Heard { state.withLock { $0 } }

    func takes(_ level: NoteLevel) -> Bool { log?.takes(level) ?? (level > .debug) }

    func note(_ note: Note) {
        log?.note(note)
        let value = { (name: String) in note.fields.first { $0.name == name }?.value ?? "" }
        state.withLock { state in
            switch note.event {
            case "dead-letter":
                let letter = WorkerBoard.Letter(
                    time: String(Timestamp.now().rfc3339.dropFirst(11).prefix(8)), origin: value("record"),
                    stage: value("stage"), reason: value("reason"), error: value("error"))
                DemoNotes.add(letter, &state)
            case "breaker-open": state.breakers[value("sink")] = (false, MonotonicClock.milliseconds())
            case "breaker-half-open": state.breakers[value("sink")]?.isHalfOpen = true
            case "breaker-closed": state.breakers[value("sink")] = nil
            case "delivery-failed": state.errors[value("sink")] = value("error")
            case "draining": state.isDraining = true
            case "failed", "refused", "fault":
                state.faults.append("\(note.event): \(value("error"))\(value("what"))\(value("why"))")
            default: break
            }
        }
    }

    private static func add(_ letter: WorkerBoard.Letter, _ state: inout Heard) {
        state.letters.insert(letter, at: 0)
        if state.letters.count > kept { state.letters.removeLast() }
        if let place = state.counts.firstIndex(where: { $0.stage == letter.stage }) {
            state.counts[place].count += 1
        } else {
            state.counts.append((letter.stage, 1))
        }
    }
}
