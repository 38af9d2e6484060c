import MillraceMachines

/// What became of the records that one sink was given:
/// `read = delivered + filtered + dead-lettered + abandoned + returned + rewound + in flight`.
public struct SinkBooks: Sendable, Hashable {
    /// Records read, again or not.
    public var read = 0
    /// Records that the sink has for good.
    public var delivered = 0
    /// Records that were not for the sink.
    public var filtered = 0
    /// Records that the dead letter topic has for good instead.
    public var deadLettered = 0
    /// Records that an optional sink was given up on.
    public var abandoned = 0
    /// Records read again after a rewind, or lost and to be read again.
    public var rewound = 0
    /// Records handed back undone at the end of an assignment.
    public var returned = 0
    /// Records that wait, fly, or are not known to be safe.
    public var inFlight = 0

    /// Nothing was read.
    public init() {}

    /// Whether they balance: read is the sum of everything else.
    public var isBalanced: Bool {
        read == delivered + filtered + deadLettered + abandoned + rewound + returned + inFlight
    }

    /// Adds the books of another shard.
    public mutating func add(_ other: SinkBooks) {
        read += other.read
        delivered += other.delivered
        filtered += other.filtered
        deadLettered += other.deadLettered
        abandoned += other.abandoned
        rewound += other.rewound
        returned += other.returned
        inFlight += other.inFlight
    }

    /// The books of a machine's stage.
    init(_ books: Books) {
        read = books.read
        delivered = books.delivered
        filtered = books.filtered
        deadLettered = books.deadLettered
        abandoned = books.abandoned
        rewound = books.rewound
        returned = books.returned
        inFlight = books.inFlight
    }
}
