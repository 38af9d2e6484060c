/// An ascending set of records of one batch on its way to one sink.
///
/// Keeping the delivery keeps its batch, and so every byte it shows. Reading it is thread safe. Complexity: every
/// access is O(1) and allocates nothing, but for headers.
@safe public final class Delivery: @unchecked Sendable {
    /// The shard of the records.
    public let shard: ShardID
    /// The lane's short name for the shard in this epoch; reports carry it back.
    public let slot: Int
    /// The assignment under which the records were read.
    public let epoch: Int
    /// The number of the delivery at this shard and sink; it only rises.
    public let number: Int
    /// How many failures and losses of this shard and sink the machine has heard of in this epoch. A sink that has
    /// told of more answers `untried`: what it is given was sent in ignorance and must not overtake.
    public let heard: Int
    /// The number of records, at least 1.
    public let count: Int

    @usableFromInline let base: UnsafePointer<Record>
    @usableFromInline let indices: [Int32]?
    private let table: RecordTable
    private let batch: Batch

    /// The records `first..<first + count` of `table`, or those that `indices` names, ascending.
    public init(
        shard: ShardID, slot: Int, epoch: Int, number: Int, heard: Int, batch: Batch, table: RecordTable, first: Int,
        count: Int, indices: [Int32]? = nil
    ) {
        precondition(first >= 0 && first + (indices == nil ? count : 0) <= table.count, "delivery outside its batch")
        self.shard = shard
        self.slot = slot
        self.epoch = epoch
        self.number = number
        self.heard = heard
        self.count = count
        self.batch = batch
        self.table = table
        self.indices = indices
        // Invariant: the table is not changed any more and lives as long as this delivery, which holds it.
        unsafe base = unsafe UnsafePointer(table.base) + first
    }

    /// The descriptor of record `index` of the delivery.
    @inlinable public subscript(_ index: Int) -> Record {
        precondition(index >= 0 && index < count, "record index out of range")
        guard let indices else { return unsafe base[index] }
        return unsafe base[Int(indices[index])]
    }

    /// The payload of record `index`; empty for a tombstone.
    @inlinable @_lifetime(borrow self) public func payload(_ index: Int) -> RawSpan {
        let record = self[index]
        guard let start = unsafe record.payloadStart else { return RawSpan() }
        // Invariant: the batch, which this delivery holds, keeps the bytes where they are.
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

    /// Calls `body` with each header of record `index`, in order. Allocates; ask ``Record/hasHeaders`` first.
    public func forEachHeader(_ index: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {
        batch.owner.forEachHeader(of: Int(self[index].origin), body)
    }

    /// A copy of the payload of record `index`, nil for a tombstone.
    public func copyPayload(_ index: Int) -> [UInt8]? {
        self[index].copyPayload()
    }

    /// A copy of the key of record `index`, nil where there is none.
    public func copyKey(_ index: Int) -> [UInt8]? {
        self[index].copyKey()
    }
}
