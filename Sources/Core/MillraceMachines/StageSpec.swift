/// What the machine has to know of a stage: how it may be fed, and what its failures lead to.
public struct StageSpec: Sendable {
    /// How many deliveries of a shard may be in flight, and what a failure means for those behind it.
    public enum Mode: Hashable, Sendable {
        /// One delivery in flight.
        case ordered
        /// Several deliveries in flight, landing in order: behind a failure the stage answers `untried`.
        case pipelined(Int)
        /// Several deliveries in flight, in any order: a failure holds nothing else back.
        case unordered(Int)
    }

    /// The stage's name, for diagnostics.
    public var name: String
    /// Whether the stage holds the checkpoint back. At least one stage of a shard does.
    public var isRequired: Bool
    /// How the stage is fed.
    public var mode: Mode
    /// The weight that may wait at an optional stage before its oldest deliveries are abandoned; `nil`: any.
    ///
    /// The unit is that of ``Admission/Portion/weight``. Without meaning for a required stage.
    public var maxLag: Int?
    /// The stage's fault domain, by its place in the array that every step is given.
    public var domain: Int
    /// Back-off and limits of what fails `transient`.
    public var retry: RetryPolicy

    /// A stage; by default a required one that keeps order, one delivery at a time.
    public init(
        name: String, isRequired: Bool = true, mode: Mode = .ordered, maxLag: Int? = nil, domain: Int,
        retry: RetryPolicy = RetryPolicy()
    ) {
        self.name = name
        self.isRequired = isRequired
        self.mode = mode
        self.maxLag = maxLag
        self.domain = domain
        self.retry = retry
    }

    /// Whether a failure holds back what lies behind it.
    var keepsOrder: Bool {
        if case .unordered = mode { false } else { true }
    }

    /// Deliveries in flight while nothing is wrong.
    var window: Int {
        switch mode {
        case .ordered: 1
        case .pipelined(let count), .unordered(let count): count
        }
    }
}
