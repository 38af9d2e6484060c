/// A partition of a topic, with an offset and what else goes with it in the call at hand.
public struct TopicPartition: Hashable, Sendable {
    /// The topic.
    public var topic: String
    /// The partition, from 0.
    public var partition: Int32
    /// An offset, or one of ``KafkaOffset``'s.
    public var offset: Int64
    /// What was, or is to be, committed beside the offset; empty is none. Foreign bytes that are no UTF-8 are repaired.
    public var metadata: String
    /// What went wrong with this partition of a call on several.
    public var error: KafkaErrorCode

    /// The partition `partition` of `topic`.
    public init(
        _ topic: String, _ partition: Int32, offset: Int64 = KafkaOffset.invalid, metadata: String = "",
        error: KafkaErrorCode = .none
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
        self.error = error
    }

    /// The offset, nil where it is none of the log (nothing committed, no such time).
    public var realOffset: Int64? { offset >= 0 ? offset : nil }
}

/// Offsets that are places rather than numbers.
public enum KafkaOffset {
    /// The first record that the log still has.
    public static let beginning: Int64 = -2
    /// Behind the last record.
    public static let end: Int64 = -1
    /// The group's committed offset.
    public static let stored: Int64 = -1000
    /// No offset.
    public static let invalid: Int64 = -1001
}
