/// Kinds of requests, as the protocol numbers them; for the faults of an ``EmbeddedBroker``.
public enum KafkaRequest: Int16, Sendable, CaseIterable {
    /// Records on their way to the log.
    case produce = 0
    /// Records on their way from it.
    case fetch = 1
    /// Watermarks and times.
    case listOffsets = 2
    /// Commits.
    case offsetCommit = 8
    /// What was committed.
    case offsetFetch = 9
    /// Who coordinates a group.
    case findCoordinator = 10
    /// Joining a group.
    case joinGroup = 11
    /// A member's sign of life.
    case heartbeat = 12
    /// Leaving a group.
    case leaveGroup = 13
    /// Who gets what in a group.
    case syncGroup = 14
    /// The identity of an idempotent producer.
    case initProducerID = 22
}
