import Millrace
import Platform

/// Memory of batches that ended, kept for the next ones. Thread safe: a batch may end on any thread.
///
/// Kept are at most `limit` bytes: what a few large batches under way take, or many small ones; the rest is given back to
/// the allocator.
final class BatchPool: Sendable {
    private struct Shelf: ~Copyable {
        var free: [BatchMemory] = []
        var bytes = 0
    }

    private let shelf = Locked<Shelf>(Shelf())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Empty memory, used before or fresh.
    func take() -> BatchMemory {
        let taken = shelf.withLock { shelf in
            let memory = shelf.free.popLast()
            shelf.bytes -= memory?.bytes ?? 0
            return UncheckedBox(memory)
        }
        return taken.value ?? BatchMemory()
    }

    /// Takes `memory` back.
    func give(_ memory: BatchMemory) {
        memory.reset()
        let bytes = memory.bytes
        let box = UncheckedBox(memory)
        shelf.withLock { shelf in
            guard shelf.bytes + bytes <= limit else { return }
            shelf.bytes += bytes
            shelf.free.append(box.value)
        }
    }
}

/// Carries a value over a border that the compiler cannot see is safe: the value has one holder at a time.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
