import Millrace

/// What becomes of one record.
public struct TrialResult: Sendable, Hashable {
    /// What a sink would be given.
    public struct Delivery: Sendable, Hashable {
        /// The sink.
        public let sink: String
        /// The payload; nil for a tombstone.
        public let payload: [UInt8]?
    }

    /// Where a record would be given up.
    public struct Death: Sendable, Hashable {
        /// As dead letters name it: `decode`, `transform:2`, `sink:clean/when`.
        public let stage: String
        /// Why, as dead letters have it.
        public let reason: DeadLetter.Reason
        /// What is wrong with it.
        public let error: String
    }

    /// What sinks would be given, in their order.
    public internal(set) var deliveries: [Delivery] = []
    /// Where it would be given up: at most once in what is shared, else once a sink at most.
    public internal(set) var deaths: [Death] = []
    /// The stages that dropped it, with the kind of transform: `transform:1 (filter)`.
    public internal(set) var filters: [String] = []
}

/// How many records had which outcome.
public struct TrialCounts: Sendable, Hashable {
    /// Records that some sink would be given, and that are dead nowhere.
    public private(set) var delivered = 0
    /// Records that no sink would be given.
    public private(set) var filtered = 0
    /// Records that are dead somewhere.
    public private(set) var dead = 0

    /// None yet.
    public init() {}

    /// Counts `result`. A record that is dead anywhere is dead; one that no sink is given is filtered.
    public mutating func add(_ result: TrialResult) {
        if !result.deaths.isEmpty {
            dead += 1
        } else if result.deliveries.isEmpty {
            filtered += 1
        } else {
            delivered += 1
        }
    }

    /// `3 records: 1 delivered, 1 filtered, 1 dead`
    public var summary: String {
        let all = delivered + filtered + dead
        return "\(all) record\(all == 1 ? "" : "s"): \(delivered) delivered, \(filtered) filtered, \(dead) dead"
    }
}
