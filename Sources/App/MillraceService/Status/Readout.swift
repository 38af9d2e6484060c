import Millrace
import MillraceEngine
import Platform

/// How a worker stands at a moment: everything that status, metrics, page and health are made of. A value.
struct Readout: Sendable {
    let facts: WorkerFacts
    let phase: WorkerPhase
    /// Monotonic milliseconds.
    let now: Int64
    let time: Timestamp
    /// What the start waits for.
    let waiting: String?
    /// The shards in order, and the books.
    let snapshot: WorkerSnapshot
    /// How old the snapshot is, milliseconds.
    let age: Int64
    let ends: [ShardID: Int64]
    let committed: [ShardID: Int64]
    let commitFailures: Int
    /// Whether the source knows which shards are ours.
    let hasJoined: Bool
    /// What the source waits for, and since when.
    let problem: String?
    let problemSince: Timestamp?
    /// Which shards that holds up, each with its own words.
    let heldUp: [ShardID: String]
    /// What of shards stands behind an open transaction.
    let pending: [ShardID: PendingInput]
    let tally: Tally
    /// The last complaints of sinks' clients, by sink.
    let clientErrors: [String: String]
    let history: ShardHistory
    let batchBytes: Int
    let holds: Set<Hold>

    /// The worker's state, in the words of `status`.
    var state: String { phase == .running && isParked ? "parked" : phase.rawValue }

    /// Whether a shard stands still until a person does something about it.
    var isParked: Bool { snapshot.shards.contains { $0.isParked } }

    /// Where a shard's log ends, as far as is known: the checkpoint may have passed offsets without a record by now.
    func end(_ shard: ShardSnapshot) -> Int64? { ends[shard.shard].map { max($0, shard.checkpoint) } }

    /// How far a shard's log goes beyond its checkpoint; nil while its end is not known.
    func lag(_ shard: ShardSnapshot) -> Int64? { ends[shard.shard].map { max(0, $0 - shard.checkpoint) } }

    /// How long ago the oldest record was produced that is not safe, in milliseconds; 0 without lag. Where none of those
    /// has been read yet, for how long there have been some.
    func lagTime(_ shard: ShardSnapshot) -> Int64? {
        guard let lag = lag(shard) else { return nil }
        if lag == 0 { return 0 }
        if let timestamp = shard.timestamp { return max(0, time.milliseconds - timestamp) }
        return history.behind(shard.shard, now: now)
    }

    /// The sum of all lags that are known.
    var totalLag: Int64 { snapshot.shards.reduce(0) { $0 + (lag($1) ?? 0) } }

    /// The moment that lies `tick` of the monotonic clock.
    func moment(_ tick: Int64) -> Timestamp { Timestamp(milliseconds: time.milliseconds - max(0, now - tick)) }
}

extension ShardSnapshot {
    var isParked: Bool { if case .parked = waiting { true } else { isParkedByPolicy } }
}
