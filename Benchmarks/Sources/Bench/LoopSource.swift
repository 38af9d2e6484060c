import Millrace
import Platform

/// A source whose shards repeat the same records up to a number of them, as fast as they are read.
final class LoopSource: Source {
    private let shards: [ShardID]
    private let perShard: Int64
    private let records: Records
    private let checkpoints = Locked<[ShardID: Int64]>([:])
    private let changed = Condition()

    init(_ records: Records, partitions: Int, total: Int) {
        self.records = records
        perShard = Int64(total / partitions)
        shards = (0..<partitions).map { ShardID(topic: "loop", partition: Int32($0)) }
    }

    func start(_ owner: any ShardOwner) {
        owner.assign(
            shards.map { shard in
                ShardAssignment(
                    shard: shard, epoch: 1, checkpoint: 0, metadata: nil, isFirstStart: true,
                    reader: LoopReader(records, end: perShard))
            })
    }

    func acknowledge(_ acknowledgement: Acknowledgement) {
        checkpoints.withLock { $0[acknowledgement.shard] = acknowledgement.checkpoint }
        changed.broadcast()
    }

    func release(_ acknowledgement: Acknowledgement) { acknowledge(acknowledgement) }
    func ends() -> [ShardID: Int64] { [:] }
    var problem: String? { nil }
    func stop(deadline: Int64) -> Bool { true }

    /// Waits until all shards are safe to their ends; false after ten minutes.
    func waitForEnd() -> Bool {
        let deadline = MonotonicClock.now() + 600_000_000_000
        let isThere: Bool? = checkpoints.wait(on: changed, until: deadline) { checkpoints in
            shards.allSatisfy { checkpoints[$0] == perShard } ? true : nil
        }
        return isThere ?? false
    }
}

/// Nothing to give back: the records stay.
private final class NoOwner: BatchOwner {
    func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {}
}

private final class LoopReader: ShardReader, @unchecked Sendable {
    private let records: Records
    private let owner = NoOwner()
    private let end: Int64
    private var next: Int64 = 0

    init(_ records: Records, end: Int64) {
        self.records = records
        self.end = end
    }

    func attach(wakeDescriptor: Int32) {}
    func detach() -> any BatchOwner { owner }
    func rewind(to offset: Int64) { next = offset }
    func close() {}

    func read(_ limits: ReadLimits, into table: RecordTable) -> ReadResult? {
        var (count, bytes, offset) = (0, 0, next)
        while count < limits.records && offset < end && (bytes < limits.bytes || count == 0) {
            let payload = unsafe records.text(Int(offset))
            unsafe table.append(
                Record(
                    offset: offset, timestamp: 0, payload: payload.bytes, key: nil, origin: table.count,
                    hasHeaders: false))
            bytes += payload.count
            offset += 1
            count += 1
        }
        next = offset
        return count == 0 ? nil : ReadResult(count: count, bytes: bytes, hasMore: offset < end)
    }
}
