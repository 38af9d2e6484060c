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
    /// It may take a part of them only: see ``ProduceResult``. Ask for the topic's ``ProducerTopic/partitionCount``
    /// before: a partition beyond it is refused here. While the count is unknown librdkafka judges, either by a report or
    /// at once, and in the latter case this version never gives the record's room in the queue back.
    public func produce(
        _ batch: borrowing ProduceBatch, from first: Int = 0, to topic: ProducerTopic, _ ownership: Ownership
    ) -> ProduceResult {
        precondition(first >= 0 && first <= batch.count, "first outside the batch")
        let partitions = topic.partitionCount
        var taken = 0
        var firstRefused: Int?
        var start = first
        while start < batch.count {
            // A run of records whose partitions exist, nearly always all of them.
            let end = partitions == 0 ? batch.count : batch.run(from: start, below: partitions)
            let part = batch.enqueue(start..<end, partition: nil, self, topic, ownership)
            taken += part
            if part < end - start, firstRefused == nil { firstRefused = batch.firstRefused(in: start..<end) }
            if end < batch.count {
                unsafe batch.entries[end].err = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION
                firstRefused = firstRefused ?? end
            }
            start = end + 1
        }
        return ProduceResult(
            taken: taken, firstRefused: firstRefused, error: firstRefused.map { batch.error(at: $0) } ?? .none)
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
    fileprivate var flag: Int32 {
        switch self {
        case .copied: RD_KAFKA_MSG_F_COPY
        case .borrowed: 0
        }
    }
}

extension ProduceBatch {
    /// Hands `range` to librdkafka, for `partition` or each record for its own; answers how many were taken. Each has its
    /// error then.
    func enqueue(
        _ range: Range<Int>, partition: Int32?, _ producer: KafkaProducer, _ topic: ProducerTopic,
        _ ownership: KafkaProducer.Ownership
    ) -> Int {
        let flags = ownership.flag | (partition == nil ? RD_KAFKA_MSG_F_PARTITION : 0)
        let taken = unsafe producer.client.ifOpen { _ in
            // The topic's handle lives while the client lets us in, the range lies inside the batch, and the payloads'
            // owner has agreed to `ownership`.
            unsafe rd_kafka_produce_batch(
                topic.handle, partition ?? RD_KAFKA_PARTITION_UA, flags, entries + range.lowerBound, Int32(range.count))
        }
        if let taken { return Int(taken) }
        for index in range { unsafe entries[index].err = RD_KAFKA_RESP_ERR__DESTROY }
        return 0
    }

    /// The end of the run of records, from `start` on, whose partitions are below `limit` (or left to librdkafka, -1).
    fileprivate func run(from start: Int, below limit: Int32) -> Int {
        var end = start
        // Entries below `count` are set.
        while end < count, unsafe entries[end].partition < limit { end += 1 }
        return end
    }

    /// The first record of `range` that was not taken.
    func firstRefused(in range: Range<Int>) -> Int? {
        range.first { unsafe entries[$0].err != RD_KAFKA_RESP_ERR_NO_ERROR }
    }
}
