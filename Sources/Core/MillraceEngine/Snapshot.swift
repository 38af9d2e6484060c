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
    /// Since when, monotonic milliseconds. The trouble of a sink lasts from its first failure to its first delivery.
    public var since: Int64
    /// When that is tried again, monotonic milliseconds; nil where it is not known, or it is being tried.
    public var nextTry: Int64?
    /// The low watermark of each sink.
    public var cursors: [Int64]
    /// Records in flight, the most over the sinks.
    public var inFlight: Int
    /// The bytes of the batches that it holds.
    public var inFlightBytes: Int
    /// When the oldest record that was read and is not safe was produced, wall clock, milliseconds. It is taken from the
    /// first record of its batch. Nil where all that was read is safe.
    public var timestamp: Int64?
    /// Why it cannot be read just now; nil when it can.
    public var problem: String?
    /// Since when, monotonic milliseconds.
    public var problemSince: Int64?
    /// Whether it stands still because a record is dead and may not be written as a dead letter, or because its log lost
    /// records and the config says to stop then.
    public var isParkedByPolicy: Bool
    /// The books of each sink in this assignment.
    public var books: [SinkBooks]
    /// Since when each sink owes an answer, monotonic milliseconds: when the oldest delivery without one was submitted, and
    /// the sink's ``Sink/answerTime``. Nil where there is none.
    public var unanswered: [Int64?]
}

/// How a lane, or all of them together, stand: open shards, and the books of everything since the start.
public struct WorkerSnapshot: Sendable {
    /// The shards that are owned, by name.
    public var shards: [ShardSnapshot] = []
    /// Records read, again or not.
    public var read = 0
    /// The books of each sink, over all shards and epochs.
    public var books: [SinkBooks]
    /// The books of assignments that have ended, each sink's, by shard.
    public var finished: [ShardID: [SinkBooks]] = [:]

    /// Nothing yet, for `sinks` sinks.
    public init(sinks: Int) { books = Array(repeating: SinkBooks(), count: sinks) }

    /// Adds what another lane says.
    public mutating func add(_ other: WorkerSnapshot) {
        shards.append(contentsOf: other.shards)
        read += other.read
        for sink in books.indices { books[sink].add(other.books[sink]) }
        for (shard, books) in other.finished { addFinished(shard, books) }
    }

    /// The books of each sink of `shard` over all its assignments to this worker.
    public func books(of shard: ShardID) -> [SinkBooks] {
        var total = finished[shard] ?? Array(repeating: SinkBooks(), count: books.count)
        for open in shards where open.shard == shard {
            for sink in total.indices { total[sink].add(open.books[sink]) }
        }
        return total
    }

    /// Adds the books of an assignment of `shard` that has ended.
    mutating func addFinished(_ shard: ShardID, _ books: [SinkBooks]) {
        guard var known = finished[shard] else {
            finished[shard] = books
            return
        }
        for sink in known.indices { known[sink].add(books[sink]) }
        finished[shard] = known
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
