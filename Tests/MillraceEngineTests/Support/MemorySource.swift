import Millrace
import Platform

/// A source of shards that lie in memory: real readers and real commits, without a broker.
final class MemorySource: Source {
    private struct State {
        var owner: (any ShardOwner)?
        var committed: [ShardID: Acknowledgement] = [:]
        var released: Set<ShardID> = []
        var epoch = 0
    }

    private let logs: [ShardID: MemoryLog]
    private let state = Locked(State())
    private let changed = Condition()

    /// How many of a reader's first seeks fail.
    private let failingSeeks: Int
    /// Whether readers say that offsets without a record are ordinary.
    private let hasHoles: Bool

    /// Shards of the topic `t`, each with these payloads; nil is a tombstone. Those before `first` have expired, and behind
    /// the last come `markers` offsets without a record.
    init(_ payloads: [[[UInt8]?]], first: Int64 = 0, markers: Int = 0, failingSeeks: Int = 0, hasHoles: Bool = false) {
        self.failingSeeks = failingSeeks
        self.hasHoles = hasHoles
        var logs: [ShardID: MemoryLog] = [:]
        for (index, list) in payloads.enumerated() {
            logs[ShardID(topic: "t", partition: Int32(index))] = MemoryLog(list, first: first, markers: markers)
        }
        self.logs = logs
    }

    func start(_ owner: any ShardOwner) {
        state.withLock { $0.owner = owner }
        assign(Array(logs.keys).sorted())
    }

    /// Gives the owner these shards, from where they were committed.
    func assign(_ shards: [ShardID]) {
        let (owner, assignments) = state.withLock { state in
            state.epoch += 1
            let assignments = shards.compactMap { shard -> ShardAssignment? in
                guard let log = logs[shard] else { return nil }
                state.released.remove(shard)
                let committed = state.committed[shard]
                let start = committed?.checkpoint ?? 0
                return ShardAssignment(
                    shard: shard, epoch: state.epoch, checkpoint: start, metadata: committed?.metadata,
                    isFirstStart: committed == nil,
                    reader: MemoryReader(log, from: start, failingSeeks: failingSeeks, hasHoles: hasHoles))
            }
            return (state.owner, assignments)
        }
        owner?.assign(assignments)
    }

    func acknowledge(_ acknowledgement: Acknowledgement) {
        state.withLock { $0.committed[acknowledgement.shard] = acknowledgement }
        changed.broadcast()
    }

    func release(_ acknowledgement: Acknowledgement) {
        state.withLock { state in
            state.committed[acknowledgement.shard] = acknowledgement
            state.released.insert(acknowledgement.shard)
        }
        changed.broadcast()
    }

    func ends() -> [ShardID: Int64] { logs.mapValues { Int64($0.count + $0.markers) } }
    var problem: String? { nil }

    func stop(deadline: Int64) -> Bool {
        state.withLock { $0.owner = nil }
        return true
    }

    /// The committed checkpoint of partition `partition`.
    func checkpoint(_ partition: Int32) -> Int64? {
        state.withLock { $0.committed[ShardID(topic: "t", partition: partition)]?.checkpoint }
    }

    /// Waits until every shard is committed up to its end; false after two minutes.
    func waitForEnd() -> Bool {
        let ends = ends()
        let isAtEnd = state.wait(on: changed, until: MonotonicClock.now() + 120_000_000_000) { state -> Bool? in
            ends.allSatisfy { state.committed[$0.key]?.checkpoint == $0.value } ? true : nil
        }
        return isAtEnd ?? false
    }

    /// Waits until `shards` were released; false after ten seconds.
    func waitForRelease(of shards: [ShardID]) -> Bool {
        let isReleased = state.wait(on: changed, until: MonotonicClock.now() + 10_000_000_000) { state -> Bool? in
            state.released.isSuperset(of: shards) ? true : nil
        }
        return isReleased ?? false
    }
}

/// Records in memory that never move.
@safe final class MemoryLog: BatchOwner, @unchecked Sendable {
    private let bytes: [UnsafeMutableRawBufferPointer?]
    /// The first offset that it still has.
    let first: Int64
    /// How many offsets at the end have no record.
    let markers: Int

    init(_ payloads: [[UInt8]?], first: Int64 = 0, markers: Int = 0) {
        self.first = first
        self.markers = markers
        unsafe bytes = unsafe payloads.map { payload in
            guard let payload else { return nil }
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: payload.count, alignment: 1)
            unsafe room.copyBytes(from: payload)
            return unsafe room
        }
    }

    deinit { for index in unsafe bytes.indices { unsafe bytes[index]?.deallocate() } }

    var count: Int { unsafe bytes.count }

    func append(_ offset: Int, to table: RecordTable) -> Int {
        let payload = unsafe bytes[offset].map { UnsafeRawBufferPointer($0) }
        guard let payload = unsafe payload else {
            table.append(
                Record(
                    offset: Int64(offset), timestamp: 1, payload: nil, key: nil, origin: table.count, hasHeaders: false)
            )
            return 0
        }
        table.append(
            Record(
                offset: Int64(offset), timestamp: 1, payload: unsafe payload.bytes, key: nil, origin: table.count,
                hasHeaders: false))
        return payload.count
    }

    func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {}
}

/// Reads a log from an offset on.
final class MemoryReader: ShardReader, @unchecked Sendable {
    private let log: MemoryLog
    private var next: Int
    private var failingSeeks: Int
    let hasHoles: Bool

    init(_ log: MemoryLog, from offset: Int64, failingSeeks: Int, hasHoles: Bool) {
        self.hasHoles = hasHoles
        self.failingSeeks = failingSeeks
        self.log = log
        next = Int(offset)
    }

    func attach(wakeDescriptor: Int32) {}

    func read(_ limits: ReadLimits, into table: RecordTable) throws(ReadProblem) -> ReadResult? {
        guard next >= log.first else { throw .outOfRange(first: log.first, message: "expired") }
        var (count, bytes) = (0, 0)
        while count < limits.records && next < log.count && (bytes < limits.bytes || count == 0) {
            bytes += log.append(next, to: table)
            next += 1
            count += 1
        }
        return count == 0 ? nil : ReadResult(count: count, bytes: bytes, hasMore: next < log.count)
    }

    var emptyEnd: Range<Int64>? {
        next < log.count || log.markers == 0 ? nil : Int64(log.count)..<Int64(log.count + log.markers)
    }

    func detach() -> any BatchOwner { log }
    func rewind(to offset: Int64) throws(MillraceError) {
        if failingSeeks > 0 {
            failingSeeks -= 1
            throw MillraceError(.unavailable, "no answer")
        }
        next = Int(offset)
    }
    func close() {}
}
