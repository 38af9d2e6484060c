/// What a transform makes of a batch, record by record and in order.
///
/// For each input record, in ascending order, a transform calls one of ``keep(_:)``, ``replace(_:capacity:_:)``,
/// ``emit(_:_:)`` or ``fail(_:_:step:)``; a record for which it calls none is dropped (filtered). Nothing is
/// allocated per record: descriptors go to a reused table, payloads to the batch's arena.
@safe public struct BatchBuilder: ~Copyable {
    /// A record that failed in this transform.
    public struct Failed: Sendable {
        /// The record.
        public let record: Record
        /// Which of several fused transforms it was, from 0.
        public let step: Int
        /// What is wrong with the record, for people: without payload.
        public let message: String
    }

    @usableFromInline let table: RecordTable
    @usableFromInline let arena: Arena
    @usableFromInline var base: UnsafeMutablePointer<Record>
    @usableFromInline var count = 0
    @usableFromInline var capacity: Int
    @usableFromInline let canEmitSeveral: Bool
    private var hasParts: Bool
    /// The records that failed, in order.
    public private(set) var failures: [Failed] = []

    /// A builder that fills `table` (emptied first) and takes payload memory from `arena`.
    ///
    /// - Parameters:
    ///   - table: where the records go that are built; what is in it goes away.
    ///   - arena: where new payloads lie.
    ///   - canEmitSeveral: whether ``emit(_:_:)`` may make several records of one; not so behind the shared transforms,
    ///     where all sinks must see the same records.
    ///   - hasParts: whether the records that come in were taken apart already.
    public init(into table: RecordTable, arena: Arena, canEmitSeveral: Bool = true, hasParts: Bool = false) {
        table.removeAll()
        self.hasParts = hasParts
        self.table = table
        self.arena = arena
        unsafe base = table.base
        capacity = table.capacity
        self.canEmitSeveral = canEmitSeveral
    }

    /// Ends the building; the table then shows the records that were kept, replaced or emitted.
    public consuming func finish() -> [Failed] {
        table.count = count
        table.hasParts = hasParts
        return failures
    }

    /// Passes a record on as it is.
    @inlinable public mutating func keep(_ record: Record) {
        if count == capacity { grow() }
        // Invariant: `count < capacity`, the size of the table's memory.
        unsafe (base + count).initialize(to: record)
        count += 1
    }

    /// Passes the record on with the payload that `body` writes: at most `capacity` bytes, into the arena.
    ///
    /// When `body` throws, nothing was passed on.
    @inlinable public mutating func replace<E: Error>(
        _ record: Record, capacity: Int, _ body: (inout OutputRawSpan) throws(E) -> Void
    ) throws(E) {
        // Invariant: the arena's allocation is ours alone until the next one, and at least `capacity` long.
        let start = unsafe arena.reserve(capacity)
        let room = unsafe UnsafeMutableRawBufferPointer(start: start, count: capacity)
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        do { try body(&output) } catch {
            arena.giveBack(capacity)
            throw error
        }
        let written = unsafe output.finalize(for: room)
        arena.giveBack(capacity - written)
        var changed = record
        unsafe changed.payloadStart = UnsafeRawPointer(start)
        changed.payloadSize = UInt32(truncatingIfNeeded: written)
        keep(changed)
    }

    /// Passes the record on with a part of its own payload: `range` counts from the payload's first byte. No copy.
    @inlinable public mutating func slice(_ record: Record, _ range: Range<Int>) {
        guard let start = unsafe record.payloadStart else { return keep(record) }
        precondition(range.lowerBound >= 0 && range.upperBound <= record.payloadCount, "slice outside the payload")
        var changed = record
        // Invariant: the range was just checked to lie inside the payload.
        unsafe changed.payloadStart = unsafe start + range.lowerBound
        changed.payloadSize = UInt32(truncatingIfNeeded: range.count)
        keep(changed)
    }

    /// Makes several records of one: `payloads` become (offset, 0), (offset, 1), … An empty list drops the record.
    ///
    /// Behind a sink's `when` or own transforms more than one payload is a failure of the record. This convenience
    /// copies arrays; it is for transforms that take records apart, not for the hot path.
    public mutating func emit(_ record: Record, _ payloads: [[UInt8]]) {
        guard payloads.count < 2 || (canEmitSeveral && record.sub == 0 && record.id.isLast) else {
            return fail(record, "makes several records of one, which only the shared transforms may, and once")
        }
        if payloads.count > 1 { hasParts = true }
        for (index, payload) in payloads.enumerated() {
            var part = record
            part.sub = record.sub + Int32(index)
            if index + 1 < payloads.count { part.flags |= Record.notLast }
            replace(part, capacity: payload.count) { output in for byte in payload { output.append(byte) } }
        }
    }

    /// Gives the record up: it becomes a dead letter of this transform, unchanged, with `message` as its error.
    public mutating func fail(_ record: Record, _ message: String, step: Int = 0) {
        failures.append(Failed(record: record, step: step, message: message))
    }

    @usableFromInline mutating func grow() {
        table.count = count
        table.grow(to: capacity * 2)
        unsafe base = table.base
        capacity = table.capacity
    }
}
