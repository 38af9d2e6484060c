import Millrace
import MillraceMachines
import Platform

/// How a shard stands.
public struct ShardSnapshot: Sendable {
    /// The shard.
    public var shard: ShardID
    /// The assignment.
    public var epoch: Int
    /// The offset that is read next.
    public var position: Int64
    /// The lowest offset that is not safe.
    public var checkpoint: Int64
    /// What it waits for.
    public var waiting: ShardWait
    /// Since when, monotonic milliseconds.
    public var since: Int64
    /// The low watermark of each sink.
    public var cursors: [Int64]
    /// Records in flight, the most over the sinks.
    public var inFlight: Int
}

/// How a lane, or all of them together, stand: open shards, and the books of everything since the start.
public struct WorkerSnapshot: Sendable {
    /// The shards that are owned, by name.
    public var shards: [ShardSnapshot] = []
    /// Records read, again or not.
    public var read = 0
    /// The books of each sink, over all shards and epochs.
    public var books: [SinkBooks]

    /// Nothing yet, for `sinks` sinks.
    public init(sinks: Int) { books = Array(repeating: SinkBooks(), count: sinks) }

    /// Adds what another lane says.
    public mutating func add(_ other: WorkerSnapshot) {
        shards.append(contentsOf: other.shards)
        read += other.read
        for sink in books.indices { books[sink].add(other.books[sink]) }
    }

    /// Whether what was read is accounted for at every sink.
    public var isBalanced: Bool { books.allSatisfy { $0.read == read && $0.isBalanced } }
}

/// A question to the lanes; each answers once.
final class SnapshotRequest: Sendable {
    private struct State {
        var snapshot: WorkerSnapshot
        var missing: Int
    }

    private let state: Locked<State>
    private let answered = Condition()

    init(lanes: Int, sinks: Int) {
        state = Locked(State(snapshot: WorkerSnapshot(sinks: sinks), missing: lanes))
    }

    /// A lane's answer.
    func answer(_ part: WorkerSnapshot) {
        state.withLock { state in
            state.snapshot.add(part)
            state.missing -= 1
        }
        answered.broadcast()
    }

    /// The sum, or nil when not all lanes answered until `deadline` (monotonic nanoseconds).
    func wait(until deadline: Int64) -> WorkerSnapshot? {
        state.wait(on: answered, until: deadline) { state in state.missing == 0 ? state.snapshot : nil }
    }
}
