extension ProduceBatch {
    /// Adds a record for `partition`; `opaque` comes back in its report. Needs the room.
    ///
    /// The spans' bytes are not copied here: what owns them must stay until the batch was produced, and the payload's
    /// until the record's report where it is produced `borrowed`. A key is copied by `produce`.
    @inlinable public mutating func append(
        payload: RawSpan, isTombstone: Bool, key: RawSpan, hasKey: Bool, partition: Int32, opaque: UInt
    ) {
        unsafe append(
            payload: isTombstone ? nil : payload.address, payloadCount: payload.byteCount,
            key: hasKey ? key.address : nil, keyCount: key.byteCount, partition: partition, opaque: opaque)
    }
}

extension RawSpan {
    /// The first byte's address, never nil: null means "no payload" or "no key" to librdkafka, which is not "empty".
    @inlinable var address: UnsafeRawPointer? {
        // Of an empty span nobody reads through it.
        unsafe withUnsafeBytes { $0.baseAddress } ?? UnsafeRawPointer(bitPattern: 1)
    }
}
