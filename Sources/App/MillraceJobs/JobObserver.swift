import Millrace
import MillraceEngine
import MillraceService
import Platform

/// Hears what happens in a job: passes it on to the log, and remembers what the summary says.
final class JobObserver: Observer {
    /// What is remembered.
    struct Memory: Sendable {
        /// Letters that are safe.
        var letters = 0
        /// Ranges that the log lost while it was read.
        var lost: [(shard: ShardID, offsets: Range<Int64>)] = []
        /// What only a person can put right.
        var parked: String?
    }

    private let notes: EventNotes
    private let sinks: [String]
    private let memory = Locked(Memory())

    /// An observer whose sinks have these names.
    init(sinks: [String], notes: any NoteTaker) {
        self.sinks = sinks
        self.notes = EventNotes(sinks: sinks, notes: notes)
    }

    /// What was heard so far.
    var heard: Memory { memory.withLock { $0 } }

    func observe(_ event: WorkerEvent) {
        switch event {
        case .deadLetterWritten: memory.withLock { $0.letters += 1 }
        case .lost(let shard, let offsets): memory.withLock { $0.lost.append((shard, offsets)) }
        case .parkedByPolicy(let shard, let offset, let stage, let error):
            park("\(shard):\(offset) cannot be taken (\(stage): \(error)), and dead_letter is park")
        case .waits(let shard, .parked(let sink)): park("sink \(sinks[sink]) needs a person (\(shard))")
        default: break
        }
        notes.observe(event)
    }

    private func park(_ why: String) { memory.withLock { $0.parked = $0.parked ?? why } }
}

/// Leaves letters out of a dry run's log: none is written, and what would have been one is counted at the end.
struct DryNotes: NoteTaker {
    private let notes: any NoteTaker

    /// Passes on to `notes`.
    init(_ notes: any NoteTaker) { self.notes = notes }

    func note(_ note: Note) {
        notes.note(note.event == "dead-letter" ? Note(.debug, note.event, note.fields) : note)
    }

    func takes(_ level: NoteLevel) -> Bool { notes.takes(level) }
}

/// Leaves out of a job's log what is only of interest in a service's: what happens in an ordinary life is told by the job
/// itself.
public struct QuietNotes: NoteTaker {
    private let notes: any NoteTaker

    /// Passes on to `notes`.
    public init(_ notes: any NoteTaker) { self.notes = notes }

    /// Passes `note` on, as a detail where it is ordinary.
    public func note(_ note: Note) {
        notes.note(note.level == .info ? Note(.debug, note.event, note.fields) : note)
    }

    /// Whether notes of `level` are written.
    public func takes(_ level: NoteLevel) -> Bool { notes.takes(level == .info ? .debug : level) }
}
