/// How much of a ``ProduceBatch`` the producer took.
@frozen public struct ProduceResult: Sendable, Hashable {
    /// How many records were taken: each of them gets a report.
    public let taken: Int
    /// The first that was not, an index of the batch; nil when all were.
    ///
    /// Where its error is `queueFull` none after it was taken either: go on with it later. After any other error later
    /// ones may have been taken: ask ``ProduceBatch/error(at:)`` of each.
    public let firstRefused: Int?
    /// Why that one was not taken: `queueFull` is back-pressure; `messageTooLarge`, `unknownPartition` and `unknownTopic`
    /// are about the record; `fatal` and `destroyed` about the producer.
    public let error: KafkaErrorCode

    /// A result as a producer would give it.
    public init(taken: Int, firstRefused: Int?, error: KafkaErrorCode) {
        self.taken = taken
        self.firstRefused = firstRefused
        self.error = error
    }
}
