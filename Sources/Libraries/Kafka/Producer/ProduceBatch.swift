import CRdkafka

/// Records that are ready for one `produce` call, by pointers: librdkafka's own array of them, reused.
///
/// It owns no payload and no key. Neither headers nor a timestamp fit in: see ``KafkaProducer/produce(_:)``.
@safe public struct ProduceBatch: ~Copyable {
    /// How many records it can hold.
    public let capacity: Int
    /// How many it holds.
    @inlinable public var count: Int { filled }
    @usableFromInline var filled = 0
    /// How many bytes the payloads of its records have together.
    @inlinable public var payloadBytes: Int { bytes }
    @usableFromInline var bytes = 0
    // Room for `capacity` entries, the first `count` of them set.
    @usableFromInline let entries: UnsafeMutablePointer<rd_kafka_message_t>

    /// An empty batch with room for `capacity` records.
    public init(capacity: Int) {
        self.capacity = capacity
        unsafe entries = .allocate(capacity: capacity)
        unsafe entries.initialize(repeating: rd_kafka_message_t(), count: capacity)
    }

    deinit { unsafe entries.deallocate() }

    /// Takes all records out.
    public mutating func removeAll() {
        filled = 0
        bytes = 0
    }

    /// Adds a record for `partition`; `opaque` comes back in its report. Needs the room.
    ///
    /// A nil `payload` is a tombstone, a nil `key` is no key; empty ones have a pointer and a count of 0. Records of one
    /// partition should follow one another: the partition is looked up once for a run of them.
    @inlinable public mutating func append(
        payload: UnsafeRawPointer?, payloadCount: Int, key: UnsafeRawPointer?, keyCount: Int, partition: Int32,
        opaque: UInt
    ) {
        precondition(count < capacity, "the batch is full")
        unsafe entries[count] = rd_kafka_message_t(
            err: RD_KAFKA_RESP_ERR_NO_ERROR, rkt: nil, partition: partition,
            payload: UnsafeMutableRawPointer(mutating: payload), len: payloadCount,
            key: UnsafeMutableRawPointer(mutating: key), key_len: keyCount, offset: 0,
            _private: UnsafeMutableRawPointer(bitPattern: opaque))
        filled += 1
        bytes += payloadCount
    }

    /// After a `produce` over `index`: why that record was not taken, `none` when it was.
    public func error(at index: Int) -> KafkaErrorCode {
        precondition(index >= 0 && index < count, "index outside the batch")
        return unsafe KafkaErrorCode(entries[index].err)
    }

    /// The opaque of the record at `index`.
    public func opaque(at index: Int) -> UInt {
        precondition(index >= 0 && index < count, "index outside the batch")
        return UInt(bitPattern: unsafe entries[index]._private)
    }
}
