import Millrace

/// What the lane wants.
extension FileState {
    /// Get the file ready to be written; answered by `opened` or `refused`.
    mutating func requestOpen() {
        guard phase == .idle || phase == .refused else { return }
        phase = .opening
        lockedSince = nil
        retryAt = 0
    }

    /// Write a chunk behind the others. One that comes while the file is being opened anew was taken before the lane knew.
    mutating func enqueue(_ chunk: Chunk) -> [Output] {
        guard !isAbandoned, !isEnding else { return [.freed(chunk.count)] }
        guard phase == .ready, !isReopening else { return [.freed(chunk.count), .lost(chunk.first)] }
        if chunk.isRerun {
            record.known = RecordRanges()
            record.floor = nil
        }
        record.floor = record.floor ?? chunk.first.start
        waiting.append(chunk)
        return settle()
    }

    /// Make everything durable as soon as can be.
    mutating func flush() { isFlushing = landed != nil || !waiting.isEmpty }

    /// Nothing of what is not safe counts any more: it is cut off, so that whoever reads it next finds it once.
    mutating func abandon() -> [Output] {
        isAbandoned = true
        landed = nil
        rotation = nil
        pending = nil
        if phase == .ready {
            isTorn = isTorn || written > record.length
            written = record.length
        } else if phase != .closed {
            phase = .idle
        }
        return [.freed(dropWaiting())]
    }

    /// Nothing more comes: give the file back.
    ///
    /// When everything was safe and nothing was abandoned, the engine has heard it all and its checkpoint is beyond it;
    /// then `known` is emptied, so that a person who goes back to these records on purpose gets them again.
    ///
    /// - Parameter keepsKnown: the shard goes on in another file, and the checkpoint may be far behind: what is known stays.
    mutating func forget(keepsKnown: Bool = false) -> [Output] {
        guard !isEnding else { return [] }
        var outputs: [Output] = []
        if landed != nil || !waiting.isEmpty { outputs = abandon() }
        isEnding = true
        if phase == .ready, !isAbandoned, pending == nil, !keepsKnown, !record.known.isEmpty {
            var clean = record
            clean.known = RecordRanges()
            clean.floor = nil
            propose(clean)
        }
        return outputs
    }

    mutating func dropWaiting() -> Int { waiting.removeAll().reduce(0) { $0 + $1.count } }

    /// Makes `next` the record to be written, under the next number.
    mutating func propose(_ next: FileRecord) {
        var next = next
        next.sequence = record.sequence + 1
        let bytes = next.encode()
        pending = (next, bytes)
    }

    /// What follows from the state without any call of the system: records without a line are safe with what lies before
    /// them, and a chunk for which there is no room in the file begins a rotation.
    mutating func settle() -> [Output] {
        var outputs: [Output] = []
        guard phase == .ready else { return outputs }
        while let chunk = waiting.first, chunk.count == 0 {
            _ = waiting.removeFirst()
            if landed == nil { outputs.append(.durable(chunk.last)) } else { landed?.last = chunk.last }
        }
        if landed == nil, pending == nil, rotation == nil, !isTorn, needsRotation {
            rotation = .announced(number: 1)
            announce(1)
        }
        return outputs
    }

    mutating func announce(_ number: Int) {
        var next = record
        next.rotation = number
        propose(next)
    }

    /// Whether the next chunk belongs into a new file. A file whose first record is not known has no name to get yet.
    var needsRotation: Bool {
        guard let rotate = limits.rotate, let chunk = waiting.first, first != nil, written > 0 else { return false }
        return written + Int64(chunk.count) > rotate
    }
}
