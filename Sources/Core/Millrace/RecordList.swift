/// Records in offset order, as a transform or a sink reads them: a view that is only ever borrowed.
///
/// Not copyable, so it cannot outlive the batch whose memory it shows. Complexity: every access is O(1) and
/// allocates nothing.
@frozen @safe public struct RecordList: ~Copyable {
    @usableFromInline let base: UnsafePointer<Record>
    /// The number of records.
    public let count: Int

    @usableFromInline init(base: UnsafePointer<Record>, count: Int) {
        unsafe self.base = unsafe base
        self.count = count
    }

    /// The descriptor of record `index`.
    @inlinable public subscript(_ index: Int) -> Record {
        precondition(index >= 0 && index < count, "record index out of range")
        // Invariant: `base` holds `count` records as long as the batch lives, and the view is only borrowed from it.
        return unsafe base[index]
    }

    /// The payload of record `index`; empty for a tombstone.
    @inlinable @_lifetime(borrow self) public func payload(_ index: Int) -> RawSpan {
        let record = self[index]
        guard let start = unsafe record.payloadStart else { return RawSpan() }
        let span = unsafe RawSpan(_unsafeStart: start, byteCount: record.payloadCount)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// The key of record `index`; empty where there is none.
    @inlinable @_lifetime(borrow self) public func key(_ index: Int) -> RawSpan {
        let record = self[index]
        guard let start = unsafe record.keyStart else { return RawSpan() }
        let span = unsafe RawSpan(_unsafeStart: start, byteCount: record.keyCount)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
