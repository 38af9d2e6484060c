import Millrace
import Platform

/// What an operator holds: a shard, a sink, a sink of one shard, or everything.
public struct Hold: Sendable, Hashable {
    /// The shard; nil: all of them, those that come later as well.
    public let shard: ShardID?
    /// The sink's place; nil: reading itself, and with it all sinks.
    public let sink: Int?

    /// Holds `sink` of `shard`.
    public init(shard: ShardID? = nil, sink: Int? = nil) {
        self.shard = shard
        self.sink = sink
    }

    func concerns(_ shard: ShardID) -> Bool { self.shard == nil || self.shard == shard }
}

/// What became of an operator's command.
public struct OperationOutcome: Sendable, Hashable {
    /// Shards that it was for.
    public var concerned = 0
    /// Why those did not follow that did not, each with the shard's name.
    public var refusals: [String] = []

    /// Shards that followed.
    public var followed: Int { concerned - refusals.count }
}

/// A command to the lanes; each answers once.
final class OperationRequest: Sendable {
    private struct State {
        var outcome = OperationOutcome()
        var missing: Int
    }

    private let state: Locked<State>
    private let answered = Condition()

    init(lanes: Int) { state = Locked(State(missing: lanes)) }

    /// A lane's answer.
    func answer(_ concerned: Int, _ refusals: [String]) {
        state.withLock { state in
            state.outcome.concerned += concerned
            state.outcome.refusals += refusals
            state.missing -= 1
        }
        answered.broadcast()
    }

    /// What all lanes answered, or nil when not all did until `deadline` (monotonic nanoseconds).
    func wait(until deadline: Int64) -> OperationOutcome? {
        state.wait(on: answered, until: deadline) { $0.missing == 0 ? $0.outcome : nil }
    }
}
