/// The untouched original record with headers that say what happened, on its way to the dead letter topic.
public struct DeadLetter: Sendable, Hashable {
    /// Why a record became a dead letter.
    public enum Reason: String, Sendable, CaseIterable {
        /// The payload is not what `decode` expects.
        case decode
        /// A transform could not take the record.
        case transform
        /// The sink itself called the record poison.
        case poison
        /// The sink refused the record, and takes others.
        case rejected
        /// Its retries are spent while the sink takes others.
        case exhausted
        /// It waited longer than `dead_letter.expire`.
        case expired
        /// It is larger than the sink can take.
        case tooLarge = "too-large"
        /// An operator gave it up.
        case skipped
    }

    /// How much of the record the letter carries.
    public enum Form: Sendable, Hashable {
        /// Key, payload and headers.
        case full
        /// Headers alone, which say where the record lies: it is too large for the dead letter topic.
        case reference
    }

    /// Where the record was read.
    public var origin: ShardID
    /// Its offset there.
    public var offset: Int64
    /// Its timestamp there, milliseconds since 1970.
    public var timestamp: Int64
    /// The consumer group that read it.
    public var group: String
    /// The pipeline's name.
    public var pipeline: String
    /// `decode`, `transform:<n>`, `sink:<name>` or a stage of one sink.
    public var stage: String
    /// Why it is here.
    public var reason: Reason
    /// What the stage said: at most 512 bytes without control characters.
    public var error: String
    /// How often a sink was asked; 0 for decode and transforms.
    public var attempts: Int
    /// The path of the bisection, such as `RLR`.
    public var bisection: String
    /// When it was given up, RFC 3339.
    public var failedAt: String
    /// The replay that read it; nil for the live worker.
    public var replay: String?
    /// How often the record was sent through again.
    public var redrives: Int
    /// How much of the record it carries.
    public var form: Form
    /// The original key.
    public var key: [UInt8]?
    /// The original payload; nil for a tombstone.
    public var payload: [UInt8]?
    /// The original headers.
    public var headers: [Header]

    /// A header of a record; names may repeat, a value may be missing.
    public struct Header: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The value.
        public let value: [UInt8]?

        /// A header called `name`.
        public init(_ name: String, _ value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    /// A letter about the record at `origin` and `offset`. `redrives` is how often it was sent through again; nil for what
    /// `headers` say, where they are those of a letter that came back through its topic, else 0.
    public init(
        origin: ShardID, offset: Int64, timestamp: Int64, group: String, pipeline: String, stage: String,
        reason: Reason, error: String, attempts: Int, bisection: String, failedAt: String, form: Form,
        key: [UInt8]?, payload: [UInt8]?, headers: [Header], replay: String? = nil, redrives: Int? = nil
    ) {
        self.origin = origin
        self.offset = offset
        self.timestamp = timestamp
        self.group = group
        self.pipeline = pipeline
        self.stage = stage
        self.reason = reason
        self.error = DeadLetter.error(error)
        self.attempts = attempts
        self.bisection = bisection
        self.failedAt = failedAt
        self.form = form
        self.key = key
        self.payload = payload
        self.headers = headers
        self.replay = replay
        self.redrives = redrives ?? DeadLetter.redrives(in: headers)
    }
}

/// Takes dead letters to where they are kept. Thread safe.
public protocol DeadLetterWriter: AnyObject, Sendable {
    /// Writes `letter` and tells `reply`, once and on any thread, what became of it. Letters of one shard land in the
    /// order of the calls. Never blocks.
    func write(_ letter: DeadLetter, _ reply: @escaping @Sendable (DeadLetterOutcome) -> Void)

    /// Ends its threads after what was written has been answered, at the latest at `deadline` (monotonic milliseconds).
    func close(deadline: Int64)
}

/// What became of a dead letter.
public enum DeadLetterOutcome: Sendable, Hashable {
    /// It is safe; `place` says where (`topic:partition:offset`).
    case written(place: String)
    /// It was not taken; try again.
    case failed(String)
    /// It can never be taken as it is: too large.
    case tooLarge(String)
}
