import Millrace
import Platform

/// What is to be done next, and what follows from how it went.
extension FileState {
    /// The call to make now, if there is one.
    func next(now: Int64) -> Step? {
        let mayTry = isEnding || now >= retryAt
        switch phase {
        case .closed: return nil
        case .idle, .refused: return isEnding ? .close : nil
        case .opening: return isEnding ? .close : mayTry ? .open : nil
        case .beginning:
            if isEnding { return .close }
            guard mayTry else { return nil }
            return pending.map { .record(bytes: $0.bytes, slot: $0.record.slot) } ?? .begin(length: record.length)
        case .ready: return nextReady(now: now, mayTry: mayTry)
        }
    }

    private func nextReady(now: Int64, mayTry: Bool) -> Step? {
        if let pending { return mayTry ? .record(bytes: pending.bytes, slot: pending.record.slot) : nil }
        // Torn lines go at once, and only a cut that failed itself waits for its turn.
        if isTorn { return mayTry || trouble?.step != .cut ? .cut(to: written) : nil }
        if isEnding { return .close }
        switch rotation {
        case .announced(let number):
            return mayTry ? .rename(to: files.rotated(first: first ?? 0, number: number)) : nil
        case .renamed, .begun: return mayTry ? .begin(length: 0) : nil
        case nil: break
        }
        // A sync is not held up by writes that fail: what was written before them shall be safe in time.
        if landed != nil, isSyncDue(now: now) { return .sync(length: written) }
        guard mayTry, !needsRotation, let chunk = waiting.first else { return nil }
        return .write(chunk, length: written)
    }

    private func isSyncDue(now: Int64) -> Bool { syncAt.map { $0 <= now } ?? false }

    /// When what was written is to be synced: in time, or at once where something waits for it.
    private var syncAt: Int64? {
        guard let landed else { return nil }
        let isUrgent = needsRotation || (isFlushing && (waiting.isEmpty || trouble != nil))
        return isUrgent ? .min : landed.since + limits.sync
    }

    /// When to look again if nothing happens before; nil when there is nothing to wait for.
    var wakeAt: Int64? {
        if isEnding { return phase == .closed ? nil : 0 }
        switch phase {
        case .idle, .refused, .closed: return nil
        case .opening, .beginning: return retryAt
        case .ready: break
        }
        if pending != nil || rotation != nil { return retryAt }
        if isTorn { return trouble?.step == .cut ? retryAt : 0 }
        let write = waiting.isEmpty || needsRotation ? nil : retryAt
        guard let write, let syncAt else { return write ?? syncAt.map { max($0, 0) } }
        return max(min(write, syncAt), 0)
    }

    /// Takes the answer to a step.
    mutating func finish(_ step: Step, _ answer: Answer, now: Int64) -> [Output] {
        var outputs: [Output] = []
        switch answer {
        case .failed(let error): outputs += failed(step, error, now: now)
        case .replaced(let why): outputs += replaced(step, why, now: now)
        case .locked(let owner): outputs += locked(by: owner, now: now)
        case .facts(let facts): outputs += recovered(step, now: now) + begin(Recovery(facts))
        case .taken:
            if case .announced(let number) = rotation {
                rotation = .announced(number: number + 1)
                announce(number + 1)
            }
        case .done:
            outputs += recovered(step, now: now)
            outputs += done(step, now: now)
        }
        return outputs + settle()
    }

    private mutating func done(_ step: Step, now: Int64) -> [Output] {
        switch step {
        case .open: return []
        case .begin: return begun()
        case .cut: return wasCut()
        case .write(let chunk, _): return wrote(chunk, now: now)
        case .sync:
            propose(nextRecord(now: now))
            return []
        case .record: return recorded()
        case .rename(let target):
            rotation = .renamed
            return [.note(note(.info, "file-rotated", [("to", target), ("bytes", "\(written)")]))]
        case .close:
            phase = .closed
            return [.closed]
        }
    }

    private mutating func begin(_ recovery: Recovery) -> [Output] {
        record = recovery.record
        first = record.first
        written = record.length
        lockedSince = nil
        phase = .beginning
        return finding(recovery.finding)
    }

    private mutating func begun() -> [Output] {
        var next = record
        if rotation != nil {
            rotation = .begun
            written = 0
            first = nil
            next.length = 0
            next.first = nil
            next.rotation = nil
        }
        propose(next)
        return []
    }

    private mutating func wasCut() -> [Output] {
        isTorn = false
        if isReopening {
            isReopening = false
            phase = .opening
        }
        return []
    }

    private mutating func wrote(_ chunk: Chunk, now: Int64) -> [Output] {
        _ = waiting.removeFirst()
        written += Int64(chunk.count)
        first = first ?? chunk.written.stretches.first?.start.offset
        var landed = landed ?? Landed(first: chunk.first, last: chunk.last, since: now)
        landed.last = chunk.last
        landed.written.add(chunk.written)
        self.landed = landed
        return [.freed(chunk.count)]
    }

    /// The record that follows a sync.
    private mutating func nextRecord(now: Int64) -> FileRecord {
        var next = record
        next.length = written
        next.first = first
        if let landed { next.known.add(landed.written) }
        if let floor = memory.floor(now: now, end: next.known.end) {
            next.known.forget(before: floor)
            next.floor = next.floor.map { max($0, floor) }
        }
        return next
    }

    private mutating func recorded() -> [Output] {
        guard let pending else { return [] }
        record = pending.record
        self.pending = nil
        if phase == .beginning {
            phase = .ready
            return [.opened(known: record.known, floor: record.floor)]
        }
        if rotation == .begun { rotation = nil }
        guard let landed else { return [] }
        self.landed = nil
        if waiting.isEmpty { isFlushing = false }
        return [.durable(landed.last)]
    }
}
