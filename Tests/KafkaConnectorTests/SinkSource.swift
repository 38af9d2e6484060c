import Millrace
import Platform

/// A source of shards in memory that a test adds to while they are read.
final class SinkSource: Source {
    private struct State {
        var owner: (any ShardOwner)?
        var checkpoints: [ShardID: Int64] = [:]
        var released: Set<ShardID> = []
        var epoch = 0
    }

    let shards: [ShardID]
    private let logs: [ShardID: SinkLog]
    private let state = Locked(State())
    private let changed = Condition()

    init(shards count: Int) {
        shards = (0..<count).map { ShardID(topic: "in", partition: Int32($0)) }
        logs = Dictionary(uniqueKeysWithValues: shards.map { ($0, SinkLog()) })
    }

    /// Adds records to the end of a shard.
    func feed(_ shard: Int, _ inputs: [SinkInput]) { logs[shards[shard]]?.append(inputs) }

    func start(_ owner: any ShardOwner) {
        state.withLock { $0.owner = owner }
        assign()
    }

    /// Gives the owner all shards, from where they were committed.
    func assign() {
        let (owner, assignments) = state.withLock { state in
            state.epoch += 1
            let assignments = shards.compactMap { shard -> ShardAssignment? in
                guard let log = logs[shard] else { return nil }
                let start = state.checkpoints[shard] ?? 0
                state.released.remove(shard)
                return ShardAssignment(
                    shard: shard, epoch: state.epoch, checkpoint: start, metadata: nil, isFirstStart: false,
                    reader: SinkLogReader(log, from: Int(start)))
            }
            return (state.owner, assignments)
        }
        owner?.assign(assignments)
    }

    func acknowledge(_ acknowledgement: Acknowledgement) {
        state.withLock { $0.checkpoints[acknowledgement.shard] = acknowledgement.checkpoint }
        changed.broadcast()
    }

    func release(_ acknowledgement: Acknowledgement) {
        state.withLock { state in
            state.checkpoints[acknowledgement.shard] = acknowledgement.checkpoint
            state.released.insert(acknowledgement.shard)
        }
        changed.broadcast()
    }

    func ends() -> [ShardID: Int64] { logs.mapValues { Int64($0.count) } }
    var problem: String? { nil }

    func stop(deadline: Int64) -> Bool {
        state.withLock { $0.owner = nil }
        return true
    }

    /// Waits until everything fed so far is committed.
    func waitForEnd(within seconds: Int64 = 60) throws {
        let ends = ends()
        let found = state.wait(on: changed, until: MonotonicClock.now() + seconds * 1_000_000_000) { state -> Bool? in
            ends.allSatisfy { (state.checkpoints[$0.key] ?? 0) >= $0.value } ? true : nil
        }
        guard found == nil else { return }
        throw SinkNotInTime(description: "committed \(state.withLock { $0.checkpoints }) of \(ends)")
    }
}

/// The records of a shard.
final class SinkLog: Sendable {
    private let state = Locked<(inputs: [SinkInput], descriptor: Int32?)>(([], nil))

    var count: Int { state.withLock { $0.inputs.count } }

    func append(_ inputs: [SinkInput]) {
        let descriptor = state.withLock { state in
            state.inputs += inputs
            return state.descriptor
        }
        if let descriptor { WakeUp.signal(descriptor) }
    }

    func wake(_ descriptor: Int32?) { state.withLock { $0.descriptor = descriptor } }

    func records(from start: Int, limit: Int) -> [SinkInput] {
        state.withLock { Array($0.inputs.dropFirst(start).prefix(limit)) }
    }
}

/// Reads a log from an offset on. A batch is what one call brought.
final class SinkLogReader: ShardReader, @unchecked Sendable {
    private let log: SinkLog
    private var next: Int
    private var owner = SinkInputOwner([])

    init(_ log: SinkLog, from offset: Int) {
        self.log = log
        next = offset
    }

    func attach(wakeDescriptor: Int32) { log.wake(wakeDescriptor) }

    func read(_ limits: ReadLimits, into table: RecordTable) -> ReadResult? {
        // Origins count from the last `detach`: so no more is read before it.
        guard table.count == 0, limits.records > 0 else { return nil }
        let inputs = log.records(from: next, limit: limits.records)
        guard !inputs.isEmpty else { return nil }
        owner = SinkInputOwner(inputs)
        for index in inputs.indices { owner.add(index, at: Int64(next + index), to: table) }
        next += inputs.count
        let bytes = inputs.reduce(0) { $0 + ($1.value?.utf8.count ?? 0) + ($1.key?.utf8.count ?? 0) }
        return ReadResult(count: inputs.count, bytes: bytes, hasMore: next < log.count)
    }

    func detach() -> any BatchOwner { owner }
    func rewind(to offset: Int64) { next = Int(offset) }
    func close() { log.wake(nil) }
}
