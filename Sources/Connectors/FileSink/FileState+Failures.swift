import Millrace
import Platform

/// What goes wrong.
extension FileState {
    /// Who speaks in a note.
    struct Origin: Sendable {
        let sink: String
        let shard: ShardID
    }

    mutating func failed(_ step: Step, _ error: SystemError, now: Int64) -> [Output] {
        if isEnding || isAbandoned { return giveUp(step, error) }
        var outputs = complain(step.kind, error, now: now)
        switch step {
        case .write: isTorn = true
        case .sync: outputs += lose("\(error)")
        case .cut where isReopening: outputs += wasCutAnyway()
        default: break
        }
        return outputs
    }

    /// Everything that is still done for a file that nobody writes any more is done once: the next start does the rest.
    private mutating func giveUp(_ step: Step, _ error: SystemError) -> [Output] {
        pending = nil
        isTorn = false
        if case .close = step { phase = .closed }
        let note = note(.warn, "file-unfinished", [("error", "\(error)")])
        return phase == .closed ? [.note(note), .closed] : [.note(note)]
    }

    private mutating func wasCutAnyway() -> [Output] {
        // The file that was cut has lost its name: nobody looks for its tail.
        isTorn = false
        isReopening = false
        phase = .opening
        return []
    }

    /// The disk or a person changed the file under us.
    mutating func replaced(_ step: Step, _ why: String, now: Int64) -> [Output] {
        if case .begin = step {
            phase = .opening
            retryAt = now + Trouble.longestPause
            return []
        }
        if isEnding || isAbandoned { return [] }
        let outputs = lose(why)
        pending = nil
        rotation = nil
        isReopening = true
        return outputs + [.reopening]
    }

    /// After a failed sync nobody knows what is on the disk, and a later sync does not tell. So everything since the
    /// last good one is cut off and read again.
    private mutating func lose(_ why: String) -> [Output] {
        isTorn = true
        written = record.length
        first = record.first
        isFlushing = false
        let from = landed?.first ?? waiting.first?.first
        landed = nil
        guard let from else { return [.note(note(.warn, "file-replaced", [("error", why)]))] }
        let note = note(.error, "file-lost", [("from", "\(from)"), ("error", why)])
        return [.freed(dropWaiting()), .lost(from), .note(note)]
    }

    mutating func locked(by owner: Int32?, now: Int64) -> [Output] {
        let since = lockedSince ?? now
        let isNew = lockedSince == nil
        lockedSince = since
        let who = owner.map { "process \($0)" } ?? "another process"
        guard now - since < limits.lockWait else {
            phase = .refused
            return [.refused("\(files.data) is being written by \(who): stop it, or give each its own path")]
        }
        retryAt = now + 50
        return isNew ? [.note(note(.info, "file-locked", [("by", who)]))] : []
    }

    /// Counts a failure and says so, not too often.
    private mutating func complain(_ kind: Step.Kind, _ error: SystemError, now: Int64) -> [Output] {
        var trouble = trouble ?? Trouble(step: kind, now: now)
        if trouble.step != kind { trouble = Trouble(step: kind, after: trouble) }
        let isNews = trouble.fail(now: now)
        retryAt = trouble.retryAt
        self.trouble = trouble
        guard isNews else { return [] }
        let seconds = (now - trouble.since) / 1_000
        return [
            .note(
                note(
                    .warn, "file-waits", [("error", "\(error)"), ("for", "\(seconds)s"), ("tries", "\(trouble.count)")])
            )
        ]
    }

    /// The step that failed has worked.
    mutating func recovered(_ step: Step, now: Int64) -> [Output] {
        guard let trouble, trouble.step == step.kind else { return [] }
        self.trouble = nil
        retryAt = 0
        return [.note(note(.info, "file-works-again", [("after", "\((now - trouble.since) / 1_000)s")]))]
    }

    /// What a start found out.
    func finding(_ finding: Recovery.Finding) -> [Output] {
        switch finding {
        case .none: return []
        case .cut(let bytes): return [.note(note(.info, "file-cut", [("bytes", "\(bytes)"), ("to", "\(written)")]))]
        case .shrunk(let from, let to):
            return [.note(note(.warn, "file-shrunk", [("from", "\(from)"), ("to", "\(to)")]))]
        }
    }

    func note(_ level: NoteLevel, _ event: String, _ fields: [(name: String, value: String)]) -> Note {
        Note(level, event, [("sink", origin.sink), ("shard", "\(origin.shard)"), ("file", files.data)] + fields)
    }
}

/// How long safe records are remembered: long enough for every commit that was under way when the process died, and no
/// longer, so that a person who goes back further gets the records again.
struct Memory: Sendable {
    /// Between this and twice this, milliseconds.
    static let span: Int64 = 300_000

    private var mark: Position?
    private var markedAt: Int64?

    /// The place below which records may be forgotten now, if it has moved; `end` is where the records end.
    mutating func floor(now: Int64, end: Position?) -> Position? {
        guard let markedAt else {
            self.markedAt = now
            return nil
        }
        guard now - markedAt >= Self.span else { return nil }
        defer {
            mark = end
            self.markedAt = now
        }
        return mark
    }
}
