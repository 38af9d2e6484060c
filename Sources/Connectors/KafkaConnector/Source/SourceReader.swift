import Kafka
import Millrace

/// The reading end of one partition: messages from its queue become records where they lie.
///
/// Used on the shard's lane only.
final class SourceReader: ShardReader, @unchecked Sendable {
    /// How long a seek may take before it counts as failed.
    private static let seekTimeout = Duration.seconds(10)

    private let queue: PartitionQueue
    private let stall: FetchStall
    private let batchRecords: Int
    private let activity: @Sendable () -> Void
    /// Told that the log was read to its end: behind the first offset there is no record up to the second.
    private let onEnd: (@Sendable (Int64, Int64) -> Void)?
    /// Where reading ends, and how fast it may go; nil for a shard that is read for ever.
    private let bound: ReadBound?
    /// Whether everything before the bound's end was read.
    private var isAtEnd = false
    /// The offset behind the last record that was read, or that was sought.
    private var next: Int64
    /// The offset behind the last record that was read, or where the owner expects the first: below ``next`` after a loss.
    private var readTo: Int64
    /// Where the log ended when it was read to its end, behind offsets without a record: markers of transactions, what was
    /// aborted or compacted.
    private(set) var emptyEnd: Range<Int64>?
    /// What has been read for the batch that is being filled.
    private var pending: MessageBatch
    /// What a call brought beyond the batch: the start of the next one.
    private var carried: MessageBatch
    /// What the next read throws: what an error among the messages said.
    private var problem: ReadProblem?
    /// Whether ``stall`` was met: nothing comes any more.
    private var isStalled = false
    /// Whether nothing was taken from the queue yet, which begins at ``next``.
    private var isUntouched = true

    /// A reader of `queue`, which was made before the partition was assigned, from `start` on. `stall` is told when the
    /// consumer has stopped to fetch, `activity` of every batch. Where the log was found to begin only at `start`,
    /// the owner, who expects `expected`, is to be told first. `onEnd` is told of every end of the log that is reached.
    init(
        _ queue: PartitionQueue, batchRecords: Int, start: Int64, expected: Int64? = nil, bound: ReadBound? = nil,
        stall: FetchStall, onEnd: (@Sendable (_ readTo: Int64, _ end: Int64) -> Void)? = nil,
        activity: @escaping @Sendable () -> Void
    ) {
        self.bound = bound
        self.onEnd = onEnd
        next = start
        readTo = expected ?? start
        if readTo < start {
            problem = .outOfRange(
                first: start, message: "the log of \(queue.topic):\(queue.partition) begins at \(start)")
        }
        self.queue = queue
        self.stall = stall
        self.batchRecords = batchRecords
        self.activity = activity
        pending = MessageBatch(capacity: batchRecords)
        carried = MessageBatch(capacity: batchRecords)
    }

    func attach(wakeDescriptor: Int32) {
        queue.wake(wakeDescriptor)
        bound?.attach(wakeDescriptor)
    }

    func read(_ limits: ReadLimits, into table: RecordTable) throws(ReadProblem) -> ReadResult? {
        let start = pending.count
        var wanted = min(limits.records, pending.room)
        if let bound { wanted = isAtEnd ? 0 : bound.allowance(wanted) }
        guard wanted > 0 else { return nil }
        if isStalled { throw .other(stall.words) }
        while true {
            let isCarried = carried.count > 0
            if isCarried {
                takeCarried()
            } else {
                guard problem == nil else { throw take() }
                _ = queue.read(into: pending, max: wanted)
            }
            let came = pending.count - start
            if came > 0 { isUntouched = false }
            var result = append(from: start, limits, to: table)
            if result.count > 0 {
                // What is still in the queue wakes nobody.
                if isCarried || came == wanted { result.hasMore = true }
                activity()
                bound?.charge(result.count, bytes: result.bytes)
                return result
            }
            guard problem == nil else { throw take() }
            // Nothing but the word that the log ends there: records may stand behind it.
            if came == 0 || isAtEnd { return nil }
        }
    }

    func detach() -> any BatchOwner {
        let owner = MessageOwner(pending)
        pending = MessageBatch(capacity: batchRecords)
        return owner
    }

    func rewind(to offset: Int64) throws(MillraceError) {
        pending.removeAll()
        carried.removeAll()
        problem = nil
        emptyEnd = nil
        if isAtEnd {
            isAtEnd = false
            bound?.reopen()
        }
        if isUntouched && offset == next { return }
        next = offset
        readTo = min(readTo, offset)
        // No seek brings it back to life.
        if isStalled { return }
        do { try queue.seek(to: offset, timeout: SourceReader.seekTimeout) } catch {
            throw MillraceError(.unavailable, error.message)
        }
    }

    func close() {
        pending.removeAll()
        carried.removeAll()
        bound?.close()
        queue.close()
    }

    /// Moves what was carried over to the batch being filled; both have room for a whole batch.
    private func takeCarried() {
        let taken = min(carried.count, pending.room)
        if taken < carried.count {
            let rest = MessageBatch(capacity: batchRecords)
            carried.moveTail(from: taken, to: rest)
            carried.moveTail(from: 0, to: pending)
            carried = rest
        } else {
            carried.moveTail(from: 0, to: pending)
        }
    }

    /// Describes the messages from `start` on, up to the byte limit; what lies beyond is carried over.
    private func append(from start: Int, _ limits: ReadLimits, to table: RecordTable) -> ReadResult {
        // The object, once: a stored variable is checked for exclusive access at every use.
        let pending = pending
        var bytes = 0
        var index = start
        // Of the bound only its end, once: no record costs a look at an object.
        let end = bound?.end ?? .max
        while index < pending.count && (bytes < limits.bytes || index == start) {
            pending.prefetch(from: index)
            let message = pending[index]
            // A record at or behind the end, or the word that the log ends there.
            let offset = message.offset
            let error = message.error
            if offset >= end && (error == .none || error == .partitionEnd) {
                isAtEnd = true
                break
            }
            guard error == .none else {
                if error == .partitionEnd {
                    // No record; those behind it are good.
                    meetEnd(index > start ? pending[index - 1].offset + 1 : readTo, offset)
                    pending.remove(at: index)
                    continue
                }
                if index > start { next = pending[index - 1].offset + 1 }
                meet(error, message.errorText)
                pending.truncate(to: index)
                break
            }
            table.append(
                Record(
                    offset: offset, timestamp: message.timestamp, payload: message.payload, key: message.key,
                    origin: index, hasHeaders: message.hasHeaders))
            bytes += message.payloadCount + message.keyCount
            index += 1
        }
        if index > start {
            next = pending[index - 1].offset + 1
            readTo = next
        }
        if isAtEnd {
            // What lies behind the end was fetched for nothing.
            pending.truncate(to: index)
            carried.removeAll()
            bound?.reach(next)
        }
        // More than `carried` can hold never comes: a call brings at most what `pending` has room for.
        let hasMore = index < pending.count
        if index < pending.count { pending.moveTail(from: index, to: carried) }
        return ReadResult(count: index - start, bytes: bytes, hasMore: hasMore)
    }

    /// The log was read to its end: from `readTo` up to `end` there is nothing.
    private func meetEnd(_ readTo: Int64, _ end: Int64) {
        // What is read up to a bound has an end of its own.
        emptyEnd = bound == nil && readTo < end ? readTo..<end : nil
        onEnd?(readTo, end)
    }

    private func take() -> ReadProblem {
        defer { problem = nil }
        return problem ?? .other("unknown")
    }

    /// What follows in the queue after an error is read again anyway: the engine seeks.
    private func meet(_ code: KafkaErrorCode, _ text: String) {
        guard code == .autoOffsetReset || code == .offsetOutOfRange else {
            problem = .other("\(queue.topic):\(queue.partition): \(text)")
            return
        }
        isStalled = true
        stall.meet(next)
        problem = .other(stall.words)
    }
}

/// Keeps the messages of a batch.
private final class MessageOwner: BatchOwner {
    private let messages: MessageBatch

    init(_ messages: MessageBatch) { self.messages = messages }

    func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {
        guard origin < messages.count else { return }
        for header in messages.copiedHeaders(of: origin) { body(header.name, header.value) }
    }
}
