import Millrace

/// How a worker stands, as far as a service manager cares.
struct ServiceLook: Sendable {
    /// Where it is in its life.
    var phase: WorkerPhase
    /// Whether it does its work: shards are assigned, or it is known (and said) what it waits for.
    var isUnderWay: Bool
    /// What people read: one line.
    var status: String
    /// The same without figures that change all the time.
    var cause: String
    /// When all lanes last answered, monotonic milliseconds; without lanes, now.
    var answered: Int64
    /// The shards that have work and neither move nor wait for something that has a name.
    var stuck: [ShardID] = []
    /// When it will have stopped at the latest, monotonic milliseconds; nil unless it drains.
    var end: Int64?
}
