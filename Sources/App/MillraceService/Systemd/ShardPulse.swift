import Millrace
import MillraceEngine

/// Which shards neither move nor say why. Pure; times are passed in, monotonic milliseconds.
///
/// A shard that has nothing in hand is never stuck, even with lag: a log may end in an open transaction or its markers,
/// and then there is nothing to give. One that waits for something with a name is not stuck either, for however long.
struct ShardPulse: Sendable {
    private struct Entry: Sendable {
        let epoch: Int
        var position: Int64
        var checkpoint: Int64
        var cursors: [Int64]
        /// When something of it was last seen to move, or to wait for a reason.
        var moved: Int64

        func isSame(as shard: ShardSnapshot) -> Bool {
            epoch == shard.epoch && position == shard.position && checkpoint == shard.checkpoint
                && cursors == shard.cursors
        }
    }

    /// A shard may stand so long without a reason, milliseconds: longer than a sink may be silent before that is a reason.
    static let patience: Int64 = 30_000

    private var entries: [ShardID: Entry] = [:]

    /// Takes a look and returns the shards that are stuck, in order; forgets those that are not ours any more.
    /// - Parameter hasReason: Whether it is known what a shard waits for.
    mutating func look(
        _ shards: [ShardSnapshot], now: Int64, hasReason: (ShardSnapshot) -> Bool
    ) -> [ShardID] {
        var next: [ShardID: Entry] = [:]
        var stuck: [ShardID] = []
        for shard in shards {
            let isBusy = shard.checkpoint < shard.position
            if let entry = entries[shard.shard], entry.isSame(as: shard), isBusy, !hasReason(shard) {
                next[shard.shard] = entry
                if now - entry.moved >= ShardPulse.patience { stuck.append(shard.shard) }
            } else {
                next[shard.shard] = Entry(
                    epoch: shard.epoch, position: shard.position, checkpoint: shard.checkpoint, cursors: shard.cursors,
                    moved: now)
            }
        }
        entries = next
        return stuck.sorted()
    }
}
