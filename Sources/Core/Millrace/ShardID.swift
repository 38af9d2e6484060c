/// One topic-partition of the source. While a worker owns it, it is a shard with an epoch.
public struct ShardID: Hashable, Sendable {
    /// The topic, or whatever the source has in its place.
    public let topic: String
    /// The partition, from 0.
    public let partition: Int32

    /// The shard of `topic` and `partition`.
    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

extension ShardID: Comparable {
    /// The natural order.
    public static func < (left: ShardID, right: ShardID) -> Bool {
        left.topic != right.topic ? left.topic < right.topic : left.partition < right.partition
    }
}

extension ShardID: CustomStringConvertible {
    /// `topic:partition`, as logs, commands and dead letters name it.
    public var description: String { "\(topic):\(partition)" }
}
