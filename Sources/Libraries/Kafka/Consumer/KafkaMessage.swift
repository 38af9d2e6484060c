import CRdkafka

/// A message in a ``MessageBatch``, seen in place: it owns nothing and cannot outlive the batch.
///
/// What it has is a record, unless ``error`` says otherwise. All members are read from librdkafka's own struct, in
/// constant time and without allocating; only ``headers`` parses.
@safe @frozen public struct KafkaMessage: ~Escapable {
    // One of the batch's live messages: the batch frees it only at its own end, which this value does not outlive.
    @usableFromInline let raw: UnsafeMutablePointer<rd_kafka_message_t>

    @_lifetime(borrow owner)
    @usableFromInline init(_ raw: UnsafeMutablePointer<rd_kafka_message_t>, in owner: borrowing MessageBatch) {
        unsafe self.raw = raw
    }

    /// What is wrong; `none` for a record. With an error only partition, offset and ``errorText`` mean something.
    @inlinable public var error: KafkaErrorCode { unsafe KafkaErrorCode(rawValue: raw.pointee.err.rawValue) }

    /// What librdkafka says of an error, for people; empty for a record.
    public var errorText: String {
        guard unsafe raw.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else { return "" }
        return unsafe rd_kafka_message_errstr(raw).map { unsafe String(cString: $0) } ?? ""
    }

    /// The record's offset; of an error the offset it is about, or `KafkaOffset.invalid`.
    @inlinable public var offset: Int64 { unsafe raw.pointee.offset }

    /// The partition.
    @inlinable public var partition: Int32 { unsafe raw.pointee.partition }

    /// The topic. Allocates a String: not for every record.
    public var topic: String { unsafe String(cString: rd_kafka_topic_name(raw.pointee.rkt)) }

    /// Milliseconds since 1970, of its creation or of its arrival in the log; -1 where it has none.
    @inlinable public var timestamp: Int64 {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        return unsafe rd_kafka_message_timestamp(raw, &kind)
    }

    /// The payload's first byte; nil for a tombstone, not nil for an empty payload. Valid as long as the batch.
    @inlinable public var payloadStart: UnsafeRawPointer? { unsafe UnsafeRawPointer(raw.pointee.payload) }

    /// The payload's length in bytes.
    @inlinable public var payloadCount: Int { unsafe raw.pointee.len }

    /// The key's first byte; nil for no key, not nil for an empty key. Valid as long as the batch.
    @inlinable public var keyStart: UnsafeRawPointer? { unsafe UnsafeRawPointer(raw.pointee.key) }

    /// The key's length in bytes.
    @inlinable public var keyCount: Int { unsafe raw.pointee.key_len }

    /// The payload; nil for a tombstone.
    @inlinable public var payload: RawSpan? {
        @_lifetime(copy self)
        get {
            guard let start = unsafe raw.pointee.payload else { return nil }
            // librdkafka keeps `len` bytes at `payload` until the message is destroyed.
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: raw.pointee.len)
            return unsafe _overrideLifetime(span, copying: self)
        }
    }

    /// The key; nil for none.
    @inlinable public var key: RawSpan? {
        @_lifetime(copy self)
        get {
            guard let start = unsafe raw.pointee.key else { return nil }
            // As the payload.
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: raw.pointee.key_len)
            return unsafe _overrideLifetime(span, copying: self)
        }
    }
}
