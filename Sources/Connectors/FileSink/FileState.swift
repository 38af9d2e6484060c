import Millrace
import Platform

/// Everything there is to decide about the file of one shard in one epoch: a state machine without clock, lock or disk.
///
/// Commands come in from the lane (``requestOpen()``, ``enqueue(_:now:)``, ``flush()``, ``abandon()``, ``forget()``).
/// ``next(now:)`` names the one call of the system that is to be made now, and ``finish(_:_:now:)`` takes its answer;
/// both commands and answers return what the lane must hear. One thread owns it.
///
/// **Neither loss nor duplicates.** The order of the calls is write, sync the file, write a ``FileRecord`` to the state
/// file and sync that, and only then is the lane told `durable`. Take any crash between two of them, the loss of
/// power included:
/// - Before the record is on disk nobody was told that the lines are safe, so no checkpoint has passed them. The start
///   cuts them off, and they are read and written again: once.
/// - Behind it, the lines are safe and the record says so. The checkpoint may not have been committed, so the records
///   may be given again; the start reads them in `known`, and the lane answers them as safe without writing them.
/// - A record that a crash tears fails its checksum, and the other slot holds the one before: the first case.
///
/// A record of `known` was synced in this file, so skipping it loses nothing, whatever else the config does by then; a
/// record that is not in there was cut off or never written, so writing it repeats nothing. The exceptions are told:
/// what `known` has no room for (it is written twice), records that begin before its floor (an operator went back on
/// purpose: everything is written again), and a shard that goes to another machine, whose file is another one.
struct FileState: Sendable {
    /// The numbers of the config.
    struct Limits: Sendable {
        /// The longest time between a write and its sync, milliseconds.
        var sync: Int64 = 1_000
        /// The size that a file does not pass, if it is rotated; a single longer record does.
        var rotate: Int64?
        /// How long a lock that somebody else holds is waited for, milliseconds.
        var lockWait: Int64 = 10_000
        /// How the records of the file are told apart.
        var framing = Framing.line
    }

    /// A call of the system, or a few that belong together.
    enum Step: Sendable {
        /// Lock the file and look at what is there.
        case open
        /// Make the file if it is missing, cut it to `length`, and make both durable.
        case begin(length: Int64)
        /// Cut off what lies behind `to`, if there is anything.
        case cut(to: Int64)
        /// Write the lines of the chunk at the file's end, which must be at `length`.
        case write(Chunk, length: Int64)
        /// Make durable what was written; the file must be the one of that name, and `length` bytes long.
        case sync(length: Int64)
        /// Write `bytes` to a slot of the state file and make them durable.
        case record(bytes: [UInt8], slot: Int)
        /// Give the file another name, unless that one exists.
        case rename(to: String)
        /// Give back the file and its lock.
        case close

        /// Which one, without what goes with it.
        enum Kind: String, Sendable { case open, begin, cut, write, sync, record, rename, close }
    }

    /// What became of a step.
    enum Answer: Sendable {
        case done
        /// Of `open`.
        case facts(FileFacts)
        /// Of `open`: somebody else has the lock; a process of this number, as far as that can be told.
        case locked(by: Int32?)
        /// Of `rename`: a file of that name exists.
        case taken
        /// Of `begin`, `write`, `sync` and `rename`: the file is not the one that was opened, or not as long as it should be.
        case replaced(String)
        case failed(SystemError)
    }

    /// What the lane must hear.
    enum Output: Sendable {
        /// The file can be written; these records are in it already, from this place on.
        case opened(known: RecordRanges, floor: Position?)
        /// The file is looked at anew; nothing is taken meanwhile.
        case reopening
        /// The file belongs to somebody else.
        case refused(String)
        /// So many bytes of memory are free again.
        case freed(Int)
        /// Everything up to this record is safe.
        case durable(RecordID)
        /// Everything from this record on that is not safe is gone.
        case lost(RecordID)
        /// The file is given back; nothing more comes.
        case closed
        /// A line for the log.
        case note(Note)
    }

    enum Phase: Sendable, Equatable { case idle, opening, beginning, ready, refused, closed }

    /// How far a rotation has come.
    enum Rotation: Sendable, Equatable { case announced(number: Int), renamed, begun }

    /// Records that were written and are not safe yet, all together.
    struct Landed: Sendable {
        let first: RecordID
        var last: RecordID
        var written = RecordRanges()
        /// When the first of them was written.
        let since: Int64
    }

    let files: FilePaths
    let limits: Limits
    /// Who speaks, for notes.
    let origin: Origin

    var phase = Phase.idle
    /// What the state file says, or said last.
    var record = FileRecord()
    /// What it shall say next.
    var pending: (record: FileRecord, bytes: [UInt8])?
    /// How many bytes of the file are whole lines of ours.
    var written: Int64 = 0
    /// The offset of the first record in the file.
    var first: Int64?
    /// Whether something that is not ours may lie behind `written`.
    var isTorn = false
    var isReopening = false
    var waiting = Queue<Chunk>()
    var landed: Landed?
    var rotation: Rotation?
    var isFlushing = false
    var isAbandoned = false
    var isEnding = false
    var trouble: Trouble?
    /// Since when the lock is waited for.
    var lockedSince: Int64?
    var retryAt: Int64 = 0
    var memory = Memory()

    init(files: FilePaths, limits: Limits, origin: Origin) {
        self.files = files
        self.limits = limits
        self.origin = origin
    }
}

extension FileState.Step {
    var kind: Kind {
        switch self {
        case .open: .open
        case .begin: .begin
        case .cut: .cut
        case .write: .write
        case .sync: .sync
        case .record: .record
        case .rename: .rename
        case .close: .close
        }
    }
}
