import Millrace
import Platform

/// Memory of batches that ended, kept for the next ones. Thread safe: a batch may end on any thread.
///
/// At most ``limit`` are kept: one a shard that is being filled and a few under way; the rest is given back to the
/// allocator.
final class BatchPool: Sendable {
    private struct Shelf: ~Copyable { var free: [BatchMemory] = [] }
    private let shelf = Locked<Shelf>(Shelf())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Empty memory, used before or fresh.
    func take() -> BatchMemory {
        let taken = shelf.withLock { shelf in UncheckedBox(shelf.free.popLast()) }
        return taken.value ?? BatchMemory()
    }

    /// Takes `memory` back.
    func give(_ memory: BatchMemory) {
        memory.reset()
        let box = UncheckedBox(memory)
        shelf.withLock { shelf in if shelf.free.count < limit { shelf.free.append(box.value) } }
    }
}

/// Carries a value over a border that the compiler cannot see is safe: the value has one holder at a time.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
