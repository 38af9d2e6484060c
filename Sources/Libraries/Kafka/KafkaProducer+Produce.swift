import CRdkafka

/// One record to be produced on its own, by pointers.
@frozen @unsafe public struct ProduceEntry {
    /// The payload's bytes; nil for a tombstone. Of an empty one the base address is not nil.
    public var payload: UnsafeRawBufferPointer?
    /// The key's bytes; nil for none. Of an empty one the base address is not nil.
    public var key: UnsafeRawBufferPointer?
    /// The partition.
    public var partition: Int32
    /// Comes back in the report.
    public var opaque: UInt
    /// Milliseconds since 1970; 0 for now.
    public var timestamp: Int64

    /// A record for `partition`.
    @inlinable public init(
        payload: UnsafeRawBufferPointer?, key: UnsafeRawBufferPointer?, partition: Int32, opaque: UInt,
        timestamp: Int64 = 0
    ) {
        unsafe self.payload = unsafe payload
        unsafe self.key = unsafe key
        unsafe self.partition = partition
        unsafe self.opaque = opaque
        unsafe self.timestamp = timestamp
    }
}

extension KafkaProducer {
    /// Puts the records of `batch` from `first` on in the producer's queue, in order. Never blocks, never sends.
    ///
    /// It may take a part of them only: see ``ProduceResult``. To an unknown partition nothing is taken once the
    /// partitions of the topic are known; before that, such a record fails by its report.
    public func produce(
        _ batch: borrowing ProduceBatch, from first: Int = 0, to topic: ProducerTopic, _ ownership: Ownership
    ) -> ProduceResult {
        precondition(first >= 0 && first <= batch.count, "first outside the batch")
        let entries = unsafe batch.entries + first
        let count = batch.count - first
        // An entry that is never looked at must not show the error of an earlier call.
        for index in 0..<count { unsafe entries[index].err = RD_KAFKA_RESP_ERR__DESTROY }
        let taken = unsafe client.ifOpen { _ in
            // The topic's handle lives while the client lets us in; the payloads' owner has agreed to `ownership`.
            Int(
                unsafe rd_kafka_produce_batch(
                    topic.handle, RD_KAFKA_PARTITION_UA, ownership.flag | RD_KAFKA_MSG_F_PARTITION, entries,
                    Int32(count)))
        }
        guard let taken, taken == count else { return unsafe refusal(taken ?? 0, entries, count, first) }
        return ProduceResult(taken: taken, firstRefused: nil, error: .none)
    }

    func refusal(
        _ taken: Int, _ entries: UnsafeMutablePointer<rd_kafka_message_t>, _ count: Int, _ first: Int
    ) -> ProduceResult {
        for index in 0..<count where unsafe entries[index].err != RD_KAFKA_RESP_ERR_NO_ERROR {
            return ProduceResult(
                taken: taken, firstRefused: first + index, error: unsafe KafkaErrorCode(entries[index].err))
        }
        return ProduceResult(taken: taken, firstRefused: nil, error: .none)
    }

    /// Puts one record, with its headers, in the producer's queue; answers `none` when it was taken, and what
    /// ``ProduceResult/error`` says otherwise. Never blocks.
    ///
    /// Headers are copied whatever the `ownership`, in order, equal names too. More than twice the cost of a record of
    /// a batch.
    public func produce(
        _ entry: ProduceEntry,
        headers: UnsafeBufferPointer<KafkaHeader> = unsafe UnsafeBufferPointer(start: nil, count: 0),
        to topic: ProducerTopic, _ ownership: Ownership
    ) -> KafkaErrorCode {
        let code = unsafe client.ifOpen { handle in
            // KafkaHeader is nothing but a crk_header_t, so an array of one is an array of the other.
            unsafe headers.withMemoryRebound(to: crk_header_t.self) { headers in
                unsafe crk_produce(
                    handle, topic.handle, entry.partition, ownership.flag, entry.payload?.baseAddress,
                    entry.payload?.count ?? 0, entry.key?.baseAddress, entry.key?.count ?? 0, entry.timestamp,
                    UnsafeMutableRawPointer(bitPattern: entry.opaque), headers.baseAddress, headers.count)
            }
        }
        return code.map { KafkaErrorCode($0) } ?? .destroyed
    }
}

extension KafkaProducer.Ownership {
    /// librdkafka's flag: none at all leaves the payload to us.
    var flag: Int32 {
        switch self {
        case .copied: RD_KAFKA_MSG_F_COPY
        case .borrowed: 0
        }
    }
}
