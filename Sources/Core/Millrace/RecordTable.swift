/// The memory behind record lists: a growing array of descriptors that is reused from batch to batch.
///
/// Not thread safe while it is filled; afterwards it is only read.
@safe public final class RecordTable {
    @safe @usableFromInline struct State {
        @usableFromInline var base: UnsafeMutablePointer<Record>
        @usableFromInline var capacity: Int
        @usableFromInline var count = 0
        @usableFromInline var hasParts = false
    }

    // In memory of its own, because a class's stored variables are checked for exclusive access at every use. It lives as
    // long as the table, and each access is a plain load or store.
    @usableFromInline let state: UnsafeMutablePointer<State>

    @usableFromInline var base: UnsafeMutablePointer<Record> {
        @inlinable get { unsafe state.pointee.base }
    }
    @usableFromInline var capacity: Int {
        @inlinable get { unsafe state.pointee.capacity }
    }
    /// The number of records.
    public internal(set) var count: Int {
        @inlinable get { unsafe state.pointee.count }
        @usableFromInline set { unsafe state.pointee.count = newValue }
    }
    /// Whether a record was taken apart: some are named (offset, sub).
    public internal(set) var hasParts: Bool {
        get { unsafe state.pointee.hasParts }
        set { unsafe state.pointee.hasParts = newValue }
    }

    /// The bytes of its memory, used or not.
    var bytes: Int { capacity * MemoryLayout<Record>.stride }

    /// A table with room for `capacity` records; it grows when that is not enough.
    public init(capacity: Int = 64) {
        unsafe state = .allocate(capacity: 1)
        let size = max(1, capacity)
        unsafe state.initialize(to: unsafe State(base: .allocate(capacity: size), capacity: size))
    }

    deinit {
        unsafe base.deallocate()
        unsafe state.deallocate()
    }

    /// Adds a record behind the others. Amortised O(1).
    @inlinable public func append(_ record: Record) {
        if count == capacity { grow(to: capacity * 2) }
        // Invariant: `count < capacity`, the size `base` was allocated with.
        unsafe (base + count).initialize(to: record)
        unsafe state.pointee.count += 1
    }

    /// Forgets all records and keeps the memory.
    public func removeAll() {
        count = 0
        hasParts = false
    }

    /// Record `index`.
    @inlinable public subscript(_ index: Int) -> Record {
        precondition(index >= 0 && index < count, "record index out of range")
        return unsafe base[index]
    }

    /// Lends the records to `body`.
    @inlinable public func withList<R, E: Error>(_ body: (borrowing RecordList) throws(E) -> R) throws(E) -> R {
        let list = unsafe RecordList(base: base, count: count)
        return try body(list)
    }

    /// The place of the first record that is not before `id`. Complexity: O(log n).
    public func index(of id: RecordID) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if unsafe base[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    @usableFromInline func grow(to size: Int) {
        let larger = UnsafeMutablePointer<Record>.allocate(capacity: size)
        unsafe larger.moveInitialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe state.pointee.base = unsafe larger
        unsafe state.pointee.capacity = size
    }

    /// The names of all records. Allocates an array.
    public func ids() -> [RecordID] {
        unsafe Array(unsafeUninitializedCapacity: count) { buffer, filled in
            for index in 0..<count { unsafe buffer.initializeElement(at: index, to: base[index].id) }
            filled = count
        }
    }

    /// Whether any record has no payload. Complexity: O(n).
    public var hasTombstones: Bool {
        for index in 0..<count where unsafe base[index].isTombstone { return true }
        return false
    }

    /// The bytes of all payloads. Complexity: O(n).
    public var payloadBytes: Int {
        var sum = 0
        for index in 0..<count { sum += unsafe base[index].payloadCount }
        return sum
    }

    /// Fills `other` with the records that have a payload.
    public func copyWithoutTombstones(to other: RecordTable) {
        other.removeAll()
        other.hasParts = hasParts
        for index in 0..<count where unsafe !base[index].isTombstone { unsafe other.append(base[index]) }
    }

    /// Fills `other` with the records, their payloads and keys copied to `arena`.
    func copy(to other: RecordTable, arena: Arena) {
        other.removeAll()
        other.hasParts = hasParts
        for index in 0..<count {
            var record = unsafe base[index]
            unsafe record.payloadStart = unsafe RecordTable.copy(record.payloadStart, record.payloadCount, arena)
            unsafe record.keyStart = unsafe RecordTable.copy(record.keyStart, record.keyCount, arena)
            other.append(record)
        }
    }

    private static func copy(_ bytes: UnsafeRawPointer?, _ count: Int, _ arena: Arena) -> UnsafeRawPointer? {
        guard let bytes = unsafe bytes else { return nil }
        // Invariant: the arena's allocation is `count` long, and `bytes` shows as many.
        let room = unsafe arena.reserve(count)
        unsafe room.copyMemory(from: bytes, byteCount: count)
        return UnsafeRawPointer(room)
    }
}
