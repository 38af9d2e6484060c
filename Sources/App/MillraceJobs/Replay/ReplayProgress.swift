import KafkaConnector
import Millrace
import Platform

/// How far a replay is: what its state file holds.
struct ReplayProgress: Codable, Sendable, Hashable {
    /// A shard's range and how far it is.
    struct Shard: Codable, Sendable, Hashable {
        var topic: String
        var partition: Int32
        /// The first offset.
        var from: Int64
        /// The first offset that is not part of it.
        var to: Int64
        /// The lowest offset that is not safe.
        var checkpoint: Int64
        /// The sinks' cursors.
        var metadata: String?
        /// Whether all of it is safe.
        var isDone: Bool

        var id: ShardID { ShardID(topic: topic, partition: partition) }
    }

    /// What dead letters of it carry.
    var id: String
    /// What was asked for, see ``ReplayOrder/identity(_:)``.
    var identity: String
    /// When it began, RFC 3339.
    var startedAt: String
    /// The sinks that are given records.
    var sinks: [String]
    var shards: [Shard]

    /// Offsets in all.
    var total: Int { shards.reduce(0) { $0 + Int($1.to - $1.from) } }

    /// Offsets that are safe.
    var done: Int { shards.reduce(0) { $0 + Int($1.isDone ? $1.to - $1.from : $1.checkpoint - $1.from) } }

    /// Shards that are at their end.
    var finished: Int { shards.count(where: \.isDone) }

    /// Of a hundred, 100 only when it is so.
    var percent: Int { total == 0 ? 100 : done * 100 / total }

    /// What is still to be read.
    var ranges: [ShardRange] {
        shards.filter { !$0.isDone }
            .map { ShardRange($0.id, checkpoint: $0.checkpoint, end: $0.to, metadata: $0.metadata) }
    }

    /// Takes over what the source says.
    mutating func take(_ progress: [ShardID: KafkaRangeSource.Progress]) {
        for index in shards.indices {
            guard let news = progress[shards[index].id] else { continue }
            shards[index].checkpoint = min(max(news.checkpoint, shards[index].checkpoint), shards[index].to)
            shards[index].metadata = news.metadata
            if news.isDone { shards[index].isDone = true }
        }
    }

    /// Eight hex digits of `identity` (FNV-1a, folded), for names of files.
    static func digest(_ identity: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in identity.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(UInt32(truncatingIfNeeded: hash ^ (hash >> 32)), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
