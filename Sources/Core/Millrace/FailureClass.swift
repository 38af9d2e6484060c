/// What a sink means by the failure of a record; it decides what the machine does.
public enum FailureClass: UInt8, Sendable, Hashable, CaseIterable {
    /// Try the same thing again. Backed off and retried; feeds the breaker; past its limits the delivery is bisected.
    case transient
    /// This record can never be taken. It becomes a dead letter, the rest is delivered.
    case poison
    /// Refused, and the sink cannot say which record is at fault: the delivery is bisected.
    case rejected
    /// The record stood behind a failure, or was purged: sent again in order, not charged, not split.
    case untried
    /// The sink cannot go on without a person: the shard parks (an optional sink parks alone).
    case fatal
}

/// One record's failure, as a sink names it.
public struct Failure: Sendable, Hashable {
    /// What the sink means.
    public var kind: FailureClass
    /// What went wrong, for people: one line, without payload or secrets.
    public var message: String
    /// Whether its size alone is what the sink cannot take: its dead letter says `too-large` instead of `poison`.
    public private(set) var isTooLarge = false

    /// A failure of class `kind`.
    public init(_ kind: FailureClass, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The record is larger than the sink can ever take: a `poison` whose dead letter says `too-large`.
    public static func tooLarge(_ message: String) -> Failure {
        var failure = Failure(.poison, message)
        failure.isTooLarge = true
        return failure
    }
}
