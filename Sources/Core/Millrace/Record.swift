/// The descriptor of one record: where its payload and key lie, and what it is called. Plain data, 56 bytes.
///
/// It owns nothing. Payload and key live in the batch's messages or its arena and are valid as long as the batch is.
@frozen @safe public struct Record: BitwiseCopyable, @unchecked Sendable {
    @usableFromInline var payloadStart: UnsafeRawPointer?
    @usableFromInline var keyStart: UnsafeRawPointer?
    /// The offset in the source's log.
    public let offset: Int64
    /// Milliseconds since 1970, as the source has it.
    public let timestamp: Int64
    @usableFromInline var payloadSize: UInt32
    @usableFromInline var keySize: UInt32
    @usableFromInline var sub: Int32
    /// Which message of the batch the record came from: what a dead letter goes back to.
    public let origin: Int32
    @usableFromInline var flags: UInt32

    @usableFromInline static let notLast: UInt32 = 1
    @usableFromInline static let withHeaders: UInt32 = 2

    /// A record as a source reads it. A nil payload is a tombstone; a nil key is no key.
    ///
    /// The bytes must stay where they are until the batch's owner is released.
    @inlinable public init(
        offset: Int64, timestamp: Int64, payload: RawSpan?, key: RawSpan?, origin: Int, hasHeaders: Bool
    ) {
        (unsafe payloadStart, payloadSize) = unsafe Record.place(payload)
        (unsafe keyStart, keySize) = unsafe Record.place(key)
        self.offset = offset
        self.timestamp = timestamp
        sub = 0
        self.origin = Int32(truncatingIfNeeded: origin)
        flags = hasHeaders ? Record.withHeaders : 0
    }

    /// Where a span lies. An empty one lies somewhere, as nil would say that there is none.
    @inlinable static func place(_ span: RawSpan?) -> (UnsafeRawPointer?, UInt32) {
        guard let span else { return (nil, 0) }
        // Invariant: whoever makes the record keeps the span's bytes where they are.
        return unsafe span.withUnsafeBytes { bytes in
            unsafe (bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1), UInt32(truncatingIfNeeded: bytes.count))
        }
    }

    /// What the machines call the record.
    @inlinable public var id: RecordID {
        RecordID(offset: offset, sub: sub, isLast: flags & Record.notLast == 0)
    }
    /// Whether the record has no payload at all (which is not the same as an empty one).
    @inlinable public var isTombstone: Bool { unsafe payloadStart == nil }
    /// Whether the record has a key.
    @inlinable public var hasKey: Bool { unsafe keyStart != nil }
    /// Whether the message came with headers.
    @inlinable public var hasHeaders: Bool { flags & Record.withHeaders != 0 }
    /// The payload's size in bytes.
    @inlinable public var payloadCount: Int { Int(payloadSize) }
    /// The key's size in bytes.
    @inlinable public var keyCount: Int { Int(keySize) }

    /// A copy of the payload, nil for a tombstone. Only while the record's batch is held.
    public func copyPayload() -> [UInt8]? {
        guard let start = unsafe payloadStart else { return nil }
        // Invariant: the batch, which the caller holds, keeps the bytes where they are.
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: payloadCount))
    }

    /// A copy of the key, nil where there is none. Only while the record's batch is held.
    public func copyKey() -> [UInt8]? {
        guard let start = unsafe keyStart else { return nil }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: keyCount))
    }
}
