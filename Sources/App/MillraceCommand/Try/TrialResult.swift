import Millrace

/// What becomes of one record.
struct TrialResult: Sendable, Hashable {
    /// What a sink would be given.
    struct Delivery: Sendable, Hashable {
        /// The sink.
        let sink: String
        /// The payload.
        let payload: [UInt8]
    }

    /// Where a record would be given up.
    struct Death: Sendable, Hashable {
        /// As dead letters name it: `decode`, `transform:2`, `sink:clean/when`.
        let stage: String
        /// Why, as dead letters have it.
        let reason: DeadLetter.Reason
        /// What is wrong with it.
        let error: String
    }

    /// What sinks would be given, in their order.
    var deliveries: [Delivery] = []
    /// Where it would be given up: at most once in what is shared, else once a sink at most.
    var deaths: [Death] = []
    /// The stages that dropped it, with the kind of transform: `transform:1 (filter)`.
    var filters: [String] = []
}

/// How many records had which outcome.
struct TrialCounts: Sendable, Hashable {
    private(set) var delivered = 0
    private(set) var filtered = 0
    private(set) var dead = 0

    /// Counts `result`. A record that is dead anywhere is dead; one that no sink is given is filtered.
    mutating func add(_ result: TrialResult) {
        if !result.deaths.isEmpty {
            dead += 1
        } else if result.deliveries.isEmpty {
            filtered += 1
        } else {
            delivered += 1
        }
    }

    /// `3 records: 1 delivered, 1 filtered, 1 dead`
    var summary: String {
        let all = delivered + filtered + dead
        return "\(all) record\(all == 1 ? "" : "s"): \(delivered) delivered, \(filtered) filtered, \(dead) dead"
    }
}
