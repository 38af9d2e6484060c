import Millrace
import MillraceEngine

/// Tells the log what happens: one line for an event that matters to people.
public struct EventNotes: Observer {
    let sinks: [String]
    let notes: any NoteTaker
    private let path: String?
    private let wantsDebug: Bool

    /// Tells `notes`; the sinks have these names. `path` is the config's, for the commands that a running worker follows;
    /// nil where there is nobody to follow one.
    public init(sinks: [String], notes: any NoteTaker, path: String? = nil) {
        self.sinks = sinks
        self.notes = notes
        self.path = path
        wantsDebug = notes.takes(.debug)
    }

    private static func isDetail(_ event: WorkerEvent) -> Bool {
        switch event {
        case .admitted, .answered(_, _, _, failed: 0, _, _, _): true
        case .waits(_, .parked), .waits(_, .suspectOutage): false
        case .waits, .refused, .hole: true
        default: false
        }
    }

    /// Notes `event`, if it is for the log.
    public func observe(_ event: WorkerEvent) {
        // A few a batch: what only a debug log shows is not even put into words.
        if !wantsDebug && EventNotes.isDetail(event) { return }
        guard let note = note(of: event) else { return }
        notes.note(note)
    }

    private func note(of event: WorkerEvent) -> Note? {
        switch event {
        case .admitted, .answered(_, _, _, failed: 0, _, _, _): nil
        case .assigned(let shard, let epoch, let checkpoint, let ahead):
            Note(
                ahead.isEmpty ? .debug : .info, "shard-assigned",
                [
                    ("shard", "\(shard)"), ("epoch", "\(epoch)"), ("checkpoint", "\(checkpoint)"),
                    ("ahead", ahead.joined(separator: ",")),
                ])
        case .released(let shard, let epoch, let checkpoint, let undone):
            Note(
                undone == 0 ? .debug : .warn, "shard-released",
                [
                    ("shard", "\(shard)"), ("epoch", "\(epoch)"), ("checkpoint", "\(checkpoint)"),
                    ("undone", "\(undone)"),
                ])
        case .answered(let sink, let shard, _, let failed, let first, let offset, _):
            first.map { refusal(sink, shard, failed, $0.failure, offset) }
        case .waits(let shard, let reason): waiting(shard, reason)
        case .breaker(let sink, let change): breaker(sink, change)
        case .deadLetterWritten(let shard, let offset, let stage, let reason, let error, let place):
            Note(
                .warn, "dead-letter",
                [
                    ("record", "\(shard):\(offset)"), ("stage", stage), ("reason", reason), ("error", error),
                    ("to", place),
                ] + show(shard, offset))
        case .deadLetterFailed(let shard, let offset, let error):
            Note(
                .error, "dead-letter-unwritten",
                [
                    ("record", "\(shard):\(offset)"), ("error", error),
                    ("note", "the shard waits and tries again; nothing is lost"),
                ])
        case .deadLetterShortened(let shard, let offset, let error):
            Note(
                .info, "dead-letter-reference",
                [
                    ("record", "\(shard):\(offset)"), ("error", error),
                    ("note", "its letter is a reference: all headers, and no payload"),
                ])
        case .parkedByPolicy(let shard, let offset, let stage, let error):
            Note(
                .error, "parked",
                [
                    ("record", "\(shard):\(offset)"), ("stage", stage), ("error", error),
                    ("note", "dead_letter is `park`: the shard stops here until the record can be taken"),
                ])
        case .killedProcess(let shard, let offsets, let deaths, let isParked):
            Note(
                isParked ? .error : .warn, isParked ? "parked" : "died-with",
                [
                    ("shard", "\(shard)"), ("from", "\(offsets.lowerBound)"), ("to", "\(offsets.upperBound)"),
                    ("deaths", "\(deaths)"),
                    (
                        "note",
                        isParked
                            ? "the process dies of this record: the shard stops before it; give it up by `millrace skip`, or remove the crash marker to try it again"
                            : deaths < 2
                                ? "the process died with these records in hand" : "read one by one, to find the record"
                    ),
                ])
        case .abandoned(let sink, let shard, let offsets, let count):
            Note(
                .warn, "abandoned",
                [
                    ("sink", sinks[sink]), ("shard", "\(shard)"), ("from", "\(offsets.lowerBound)"),
                    ("to", "\(offsets.upperBound)"), ("records", count.map { "\($0)" } ?? "unknown"),
                ])
        case .rewound(let shard, let offset):
            Note(
                .warn, "rewound",
                [("shard", "\(shard)"), ("offset", "\(offset)"), ("note", "a sink lost what it had accepted")])
        case .lost(let shard, let offsets):
            Note(
                .error, "lost",
                [
                    ("shard", "\(shard)"), ("from", "\(offsets.lowerBound)"), ("to", "\(offsets.upperBound)"),
                    ("records", "\(offsets.count)"),
                    ("note", "the log begins behind the checkpoint: raise its retention"),
                ])
        case .hole(let shard, let offsets):
            // As it should be: once a start of a topic that is compacted, or written by transactions.
            Note(
                .debug, "hole",
                [
                    ("shard", "\(shard)"), ("from", "\(offsets.lowerBound)"), ("to", "\(offsets.upperBound)"),
                    ("note", "compaction or transactions: holes of this topic are taken as they come"),
                ])
        case .passedOver(let shard, let offsets):
            Note(
                .warn, "sought-back",
                [
                    ("shard", "\(shard)"), ("from", "\(offsets.lowerBound)"), ("to", "\(offsets.upperBound)"),
                    ("note", "the client had passed over these offsets: read at a second look, nothing is lost"),
                ])
        case .unreadable(let shard, let error):
            Note(.warn, "unreadable", [("shard", "\(shard)"), ("error", error), ("next", "tried again each second")])
        // Who gave the command is told, and the line about the command says so.
        case .refused(let why): Note(.debug, "command-refused", [("why", why)])
        case .fault(let shard, let what):
            Note(.error, "fault", [("shard", shard.map { "\($0)" } ?? "-"), ("what", what)])
        }
    }

    private func refusal(_ sink: Int, _ shard: ShardID, _ failed: Int, _ failure: Failure, _ offset: Int64) -> Note {
        Note(
            .warn, "delivery-failed",
            [
                ("sink", sinks[sink]), ("shard", "\(shard)"), ("offset", "\(offset)"), ("records", "\(failed)"),
                ("class", EventNotes.name(failure.kind)), ("error", failure.message),
            ])
    }

    private func waiting(_ shard: ShardID, _ reason: ShardWait) -> Note? {
        switch reason {
        case .parked(let sink):
            Note(
                .error, "parked",
                [("shard", "\(shard)"), ("sink", sinks[sink]), ("note", "the sink needs a person; nothing is lost")]
                    + next("resolve", sink, " --retry, once it is well"))
        case .suspectOutage(let sink):
            Note(
                .error, "suspect-outage",
                [
                    ("shard", "\(shard)"), ("sink", sinks[sink]),
                    ("note", "it takes no record, and it or they may be at fault: the shard waits and asks again"),
                ] + next("resolve", sink, " --retry, or --poison"))
        case .closed, .paused, .deadLetters, .breaker, .retry, .full, .drain, .credit, .input:
            Note(.debug, "waits", [("shard", "\(shard)"), ("for", EventNotes.text(reason, sinks))])
        }
    }

    /// The command that shows the letter of a record.
    private func show(_ shard: ShardID, _ offset: Int64) -> [(name: String, value: String)] {
        path.map { [("next", "millrace dlq show \($0) --origin \(shard):\(offset)")] } ?? []
    }

    /// The command that a person may give.
    private func next(_ verb: String, _ sink: Int, _ rest: String) -> [(name: String, value: String)] {
        path.map { [("next", "millrace \(verb) \($0) --sink \(sinks[sink])\(rest)")] } ?? []
    }

    private func breaker(_ sink: Int, _ change: BreakerChange) -> Note? {
        switch change {
        case .opened:
            Note(
                .error, "breaker-open",
                [("sink", sinks[sink]), ("note", "outage: nothing is dead-lettered, checkpoints wait")]
                    + (path.map { [("next", "it is asked again by itself; millrace status \($0)")] } ?? []))
        case .closed: Note(.info, "breaker-closed", [("sink", sinks[sink])])
        case .halfOpen: Note(.debug, "breaker-half-open", [("sink", sinks[sink])])
        }
    }

    /// A wait reason in the words of `status`.
    static func text(_ reason: ShardWait, _ sinks: [String]) -> String {
        switch reason {
        case .closed: "closed"
        case .parked: "parked"
        case .paused: "paused"
        case .deadLetters: "dlq"
        case .suspectOutage(let sink): "suspect_outage:\(sinks[sink])"
        case .breaker(let sink): "breaker:\(sinks[sink])"
        case .retry(let sink): "retry:\(sinks[sink])"
        case .full(let sink): "full:\(sinks[sink])"
        case .drain: "drain"
        case .credit: "credit"
        case .input: "input"
        }
    }

    private static func name(_ kind: FailureClass) -> String {
        switch kind {
        case .transient: "transient"
        case .poison: "poison"
        case .rejected: "rejected"
        case .untried: "untried"
        case .fatal: "fatal"
        }
    }
}
