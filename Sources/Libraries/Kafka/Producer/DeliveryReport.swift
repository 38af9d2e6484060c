import CRdkafka

/// What became of one record that was produced.
@frozen public struct DeliveryReport: Sendable, Hashable {
    /// What the record was produced with.
    public let opaque: UInt
    /// Its offset; `KafkaOffset.invalid` where it failed, and sometimes where it had to be sent again.
    public let offset: Int64
    /// Its partition.
    public let partition: Int32
    /// Why it was not delivered; `none` when it was.
    public let error: KafkaErrorCode
    /// False only when it cannot be in the log. A failed record for which this is true may be there all the same.
    public let mayHaveLanded: Bool

    /// A report as a producer would give it.
    public init(opaque: UInt, offset: Int64, partition: Int32, error: KafkaErrorCode, mayHaveLanded: Bool) {
        self.opaque = opaque
        self.offset = offset
        self.partition = partition
        self.error = error
        self.mayHaveLanded = mayHaveLanded
    }

    init(_ message: UnsafePointer<rd_kafka_message_t>) {
        opaque = UInt(bitPattern: unsafe message.pointee._private)
        unsafe offset = message.pointee.offset
        unsafe partition = message.pointee.partition
        unsafe error = KafkaErrorCode(message.pointee.err)
        mayHaveLanded = unsafe error == .none || rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED
    }
}
