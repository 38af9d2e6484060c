import Kafka
import Millrace

/// Which output partition a record goes to.
///
/// By `key` the choice is that of Java's clients, so whoever produced the same keys by one of those finds them in the
/// same partitions. A record without a key goes where its shard goes, as by `source`: source partition mod n. A sticky or
/// random choice would spread them more evenly over few shards, but then the records of a shard would lie in an order
/// that nobody could tell any more; and a worker has shards in plenty.
struct PartitionChoice: Sendable, Hashable {
    /// What decides.
    enum Rule: Sendable, Hashable {
        /// The key, where there is one.
        case key
        /// The source's partition.
        case source
    }

    let rule: Rule
    /// How many partitions there are, at least 1.
    let count: Int32

    /// The partition of the records of a shard that are not placed by their key.
    func partition(source: Int32) -> Int32 { source % count }

    /// The partition of a record with this key, of a shard of partition `source`.
    func partition(key: RawSpan, hasKey: Bool, source: Int32) -> Int32 {
        guard rule == .key && hasKey else { return partition(source: source) }
        return Murmur2.partition(of: key, count: count)
    }
}
