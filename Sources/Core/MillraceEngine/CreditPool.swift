import Platform
import Synchronization

/// The bytes that batches may hold over all shards: one atomic, touched twice a batch. Thread safe.
///
/// One batch a shard is guaranteed, so the pool may go below zero by as much as that; what is over is paid back
/// before anybody gets more.
final class CreditPool: Sendable {
    private let free: Atomic<Int>
    private let lanes = Locked<[Mailbox]>([])
    /// The pool's size in bytes.
    let size: Int

    init(bytes: Int) {
        size = bytes
        free = Atomic(bytes)
    }

    /// Whether anything is left.
    var isAvailable: Bool { free.load(ordering: .relaxed) > 0 }
    /// The bytes taken.
    var used: Int { size - free.load(ordering: .relaxed) }

    /// Takes `bytes`, whether they are there or not.
    func take(_ bytes: Int) { free.subtract(bytes, ordering: .relaxed) }

    /// Gives `bytes` back. When that brings the pool above zero, every lane looks again: a lane that found the pool
    /// empty is asleep and nothing else would wake it.
    func give(_ bytes: Int) {
        let (before, after) = free.add(bytes, ordering: .sequentiallyConsistent)
        if before <= 0 && after > 0 { lanes.withLock { for lane in $0 { lane.wake() } } }
    }

    /// `mailbox` is woken from now on when credit returns.
    func register(_ mailbox: Mailbox) { lanes.withLock { $0.append(mailbox) } }
}
