import Kafka
import Millrace

/// The reading end of one partition: messages from its queue become records where they lie.
///
/// Used on the shard's lane only.
final class SourceReader: ShardReader, @unchecked Sendable {
    /// How long a seek may take before it counts as failed.
    private static let seekTimeout = Duration.seconds(10)

    /// How many messages ahead their headers are fetched to the cache: enough to hide the way to memory.
    private static let prefetchDistance = 8

    private let queue: PartitionQueue
    private let client: KafkaClient
    private let batchRecords: Int
    private let activity: @Sendable () -> Void
    /// Where reading ends, and how fast it may go; nil for a shard that is read for ever.
    private let bound: ReadBound?
    /// Whether everything before the bound's end was read.
    private var isAtEnd = false
    /// The offset behind the last record that was read, or that was sought.
    private var next: Int64
    /// What has been read for the batch that is being filled.
    private var pending: MessageBatch
    /// What a call brought beyond the batch: the start of the next one.
    private var carried: MessageBatch
    /// What an error among the messages said, for the next read.
    private var problem: ReadProblem?

    /// A reader of `queue`, which was made before the partition was assigned, from `start` on. `activity` is told of
    /// every batch.
    init(
        _ queue: PartitionQueue, client: KafkaClient, batchRecords: Int, start: Int64 = 0, bound: ReadBound? = nil,
        activity: @escaping @Sendable () -> Void
    ) {
        self.bound = bound
        next = start
        self.queue = queue
        self.client = client
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
        if carried.count > 0 {
            takeCarried()
        } else {
            guard problem == nil else { throw take() }
            _ = queue.read(into: pending, max: wanted)
        }
        let result = append(from: start, limits, to: table)
        guard result.count > 0 else {
            guard problem == nil else { throw take() }
            return nil
        }
        activity()
        bound?.charge(result.count, bytes: result.bytes)
        return result
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
        next = offset
        if isAtEnd {
            isAtEnd = false
            bound?.reopen()
        }
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
            pending.prefetchHeaders(of: index + SourceReader.prefetchDistance)
            let message = pending[index]
            // A record at or behind the end, or the word that the log ends there.
            let offset = message.offset
            let error = message.error
            if offset >= end && (error == .none || error == .partitionEnd) {
                isAtEnd = true
                break
            }
            guard error == .none else {
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
        if index > start { next = pending[index - 1].offset + 1 }
        if isAtEnd {
            // What lies behind the end was fetched for nothing.
            pending.truncate(to: index)
            carried.removeAll()
            bound?.reach(next)
        }
        // More than `carried` can hold never comes: a call brings at most what `pending` has room for.
        let hasMore = index < pending.count || index - start >= limits.records
        if index < pending.count { pending.moveTail(from: index, to: carried) }
        return ReadResult(count: index - start, bytes: bytes, hasMore: hasMore)
    }

    private func take() -> ReadProblem {
        defer { problem = nil }
        return problem ?? .other("unknown")
    }

    /// What follows in the queue after an error is read again anyway: the engine seeks.
    private func meet(_ code: KafkaErrorCode, _ text: String) {
        // The log ends before the bound: it was cut, or a new leader does not know its end yet. More may come.
        if code == .partitionEnd { return }
        guard code == .autoOffsetReset || code == .offsetOutOfRange else {
            problem = .other("\(queue.topic):\(queue.partition): \(text)")
            return
        }
        do {
            let marks = try client.queryWatermarks(queue.topic, queue.partition, timeout: .seconds(5))
            problem = .outOfRange(
                first: marks.low,
                message: "the log of \(queue.topic):\(queue.partition) reaches from \(marks.low) to \(marks.high)")
        } catch {
            problem = .other("\(queue.topic):\(queue.partition): \(text); and its log's ends: \(error.message)")
        }
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
