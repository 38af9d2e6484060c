/// What a consumer's main queue brings to its control thread.
public enum ConsumerEvent: Sendable {
    /// The group gives these partitions to this member. Answer: a ``PartitionQueue`` for each, then `assign`.
    case assign([TopicPartition])
    /// The group takes its partitions back. Answer: `unassign`, after committing what is safe.
    ///
    /// `lost`: they have a new owner already, and a commit would be refused. That it is false proves nothing.
    case revoke([TopicPartition], lost: Bool)
    /// Joining failed; as `revoke` of all there is, with `lost`. Answer: `unassign`.
    case rebalanceFailed(KafkaError)
    /// How an asynchronous commit went.
    case commit(CommitResult)
    /// Something went wrong; about a partition of a topic, or about the client.
    case error(KafkaError, TopicPartition?)
    /// A line for the log.
    case log(KafkaLogLine)
    /// Records that came here and not to their queue, in the order of coming. They are gone: whoever owns the partition
    /// has to seek back to the first of them.
    case strayRecords([TopicPartition])
    /// librdkafka's statistics, JSON, where `statistics.interval.ms` asks for them.
    case statistics(String)
}

/// The answer to a commit.
public struct CommitResult: Sendable, Hashable {
    /// What was given to `commit`.
    public let tag: UInt
    /// What went wrong with all of it: nil says only that the broker answered.
    public let error: KafkaError?
    /// The partitions, each with its own error.
    public let partitions: [TopicPartition]

    /// A result as a consumer would give it.
    public init(tag: UInt, error: KafkaError?, partitions: [TopicPartition]) {
        self.tag = tag
        self.error = error
        self.partitions = partitions
    }

    /// The first failure, of all or of one partition.
    public var failure: KafkaError? {
        if let error { return error }
        guard let failed = partitions.first(where: { $0.error != .none }) else { return nil }
        return KafkaError(failed.error, "commit of \(failed.topic):\(failed.partition): \(failed.error.text)")
    }
}
