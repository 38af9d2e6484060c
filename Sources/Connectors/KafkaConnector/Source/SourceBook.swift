import Millrace

/// What the control thread knows of its shards: who may still speak for them, and what is to be committed. Pure.
///
/// Only an acknowledgement that carries a shard's current epoch counts, and a checkpoint never goes back within one.
struct SourceBook {
    private struct Entry {
        var epoch: Int
        var latest: Acknowledgement?
        var committed: Acknowledgement?
        var isReleased = false
    }

    private var entries: [ShardID: Entry] = [:]
    private(set) var epoch = 0

    /// The shards that are owned, in order.
    var shards: [ShardID] { entries.keys.sorted() }
    /// Whether nothing is owned.
    var isEmpty: Bool { entries.isEmpty }

    /// `shards` are owned from now on, under the epoch that is answered.
    mutating func assign(_ shards: [ShardID]) -> Int {
        epoch += 1
        for shard in shards { entries[shard] = Entry(epoch: epoch) }
        return epoch
    }

    /// Takes an acknowledgement; false when it is of an old epoch, goes back, or comes after the last word.
    mutating func acknowledge(_ acknowledgement: Acknowledgement) -> Bool {
        guard var entry = entries[acknowledgement.shard], entry.epoch == acknowledgement.epoch, !entry.isReleased,
            acknowledgement.checkpoint >= entry.latest?.checkpoint ?? 0
        else { return false }
        entry.latest = acknowledgement
        entries[acknowledgement.shard] = entry
        return true
    }

    /// Takes the last word of a shard.
    mutating func release(_ acknowledgement: Acknowledgement) {
        guard acknowledge(acknowledgement) else { return }
        entries[acknowledgement.shard]?.isReleased = true
    }

    /// Whether all of `shards` have said their last word, or are not owned.
    func areReleased(_ shards: [ShardID]) -> Bool { shards.allSatisfy { entries[$0]?.isReleased ?? true } }

    /// What has been acknowledged and not committed yet, of `shards` or of all.
    func uncommitted(_ shards: [ShardID]? = nil) -> [Acknowledgement] {
        (shards ?? self.shards).compactMap { shard in
            guard let entry = entries[shard], let latest = entry.latest else { return nil }
            return latest.checkpoint == entry.committed?.checkpoint && latest.metadata == entry.committed?.metadata
                ? nil : latest
        }
    }

    /// The broker has taken `acknowledgement`.
    mutating func committed(_ acknowledgement: Acknowledgement) {
        guard let entry = entries[acknowledgement.shard], entry.epoch == acknowledgement.epoch else { return }
        entries[acknowledgement.shard]?.committed = acknowledgement
    }

    /// `shards` are not ours any more.
    mutating func forget(_ shards: [ShardID]) { for shard in shards { entries[shard] = nil } }
}
