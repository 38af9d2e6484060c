import Millrace
import MillraceEngine

/// What only several looks at the shards can tell: since when one is behind, and when its checkpoint last moved.
///
/// Pure; times are passed in, monotonic milliseconds. Looked at four times a second, it is that exact.
struct ShardHistory: Sendable {
    private struct Entry {
        let epoch: Int
        var checkpoint: Int64
        /// When the checkpoint was first seen where it is.
        var moved: Int64
        /// Since when there is something behind the checkpoint; nil while there is not.
        var behind: Int64?
    }

    private var entries: [ShardID: Entry] = [:]

    /// Takes a look; forgets shards that are not among `shards`.
    mutating func look(_ shards: [ShardSnapshot], ends: [ShardID: Int64], now: Int64) {
        var next = [ShardID: Entry](minimumCapacity: shards.count)
        for shard in shards {
            var entry: Entry
            if let known = entries[shard.shard], known.epoch == shard.epoch {
                entry = known
            } else {
                entry = Entry(epoch: shard.epoch, checkpoint: shard.checkpoint, moved: now)
            }
            if shard.checkpoint != entry.checkpoint {
                entry.checkpoint = shard.checkpoint
                entry.moved = now
            }
            let isBehind = ends[shard.shard].map { $0 > shard.checkpoint } ?? (shard.inFlight > 0)
            entry.behind = isBehind ? entry.behind ?? now : nil
            next[shard.shard] = entry
        }
        entries = next
    }

    /// How long the checkpoint of `shard` has stood although there was something behind it; 0 without lag.
    func checkpointAge(_ shard: ShardID, now: Int64) -> Int64 {
        guard let entry = entries[shard], let behind = entry.behind else { return 0 }
        return max(0, now - max(entry.moved, behind))
    }

    /// How long `shard` has been behind; 0 when it is not.
    func behind(_ shard: ShardID, now: Int64) -> Int64 {
        entries[shard]?.behind.map { max(0, now - $0) } ?? 0
    }
}
