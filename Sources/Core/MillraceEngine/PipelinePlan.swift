import Millrace

/// A pipeline ready to run: what to do with records, and within which limits. Made from a config, never changed.
public struct PipelinePlan: Sendable {
    /// When a batch closes: at the first of these.
    public struct BatchLimits: Sendable {
        /// Records.
        public var records: Int
        /// Bytes of payloads and keys.
        public var bytes: Int
        /// Milliseconds since its first record was read.
        public var window: Int64

        /// The defaults of the config.
        public init(records: Int = 1000, bytes: Int = 1 << 20, window: Int64 = 10) {
            self.records = records
            self.bytes = bytes
            self.window = window
        }
    }

    /// Back-off and its limits, in milliseconds.
    public struct Retry: Sendable, Hashable {
        /// Failed attempts after which a delivery is halved.
        public var maxAttempts: Int
        /// The longest wait after the first failure; it doubles with every further one.
        public var baseDelay: Int64
        /// What no wait exceeds.
        public var maxDelay: Int64
        /// The time since the first failure after which a delivery is halved; nil: never.
        public var maxAge: Int64?

        /// The defaults of the config.
        public init(maxAttempts: Int = 8, baseDelay: Int64 = 100, maxDelay: Int64 = 30_000, maxAge: Int64? = nil) {
            self.maxAttempts = maxAttempts
            self.baseDelay = baseDelay
            self.maxDelay = maxDelay
            self.maxAge = maxAge
        }
    }

    /// A sink and what belongs to it.
    public struct SinkPlan: Sendable {
        /// The sink's identity: in cursors, dead letters and metrics.
        public var name: String
        /// The destination.
        public var sink: any Sink
        /// Whether the checkpoint waits for it.
        public var isRequired: Bool
        /// Bytes of a shard that may wait for an optional sink.
        public var maxLag: Int?
        /// Keeps the records that are for this sink.
        public var when: (any Transform)?
        /// What is done to them for this sink alone.
        public var transforms: [any Transform]
        /// Back-off and its limits.
        public var retry: Retry
        /// Distinct deliveries in a row that open the breaker.
        public var failureThreshold: Int
        /// Milliseconds the breaker stays open.
        public var recoveryTimeout: Int64

        /// A required sink with the config's defaults.
        public init(
            name: String, sink: any Sink, isRequired: Bool = true, maxLag: Int? = nil, when: (any Transform)? = nil,
            transforms: [any Transform] = [], retry: Retry = Retry(), failureThreshold: Int = 5,
            recoveryTimeout: Int64 = 60_000
        ) {
            self.name = name
            self.sink = sink
            self.isRequired = isRequired
            self.maxLag = maxLag
            self.when = when
            self.transforms = transforms
            self.retry = retry
            self.failureThreshold = failureThreshold
            self.recoveryTimeout = recoveryTimeout
        }
    }

    /// Where dead letters go.
    public enum DeadLetters: Sendable {
        /// To a topic, by this writer.
        case write(any DeadLetterWriter)
        /// Nowhere: a shard with a dead record stops.
        case park
    }

    /// The pipeline's name.
    public var name: String
    /// The consumer group, for dead letters.
    public var group: String
    /// When a batch closes.
    public var batch = BatchLimits()
    /// Decodes payloads.
    public var decode: (any Transform)?
    /// What is done to every record.
    public var transforms: [any Transform] = []
    /// The destinations, at least one of them required.
    public var sinks: [SinkPlan]
    /// Where dead letters go.
    public var deadLetters: DeadLetters
    /// Records a fault domain may lose on suspicion, in a row.
    public var unwitnessed = 3
    /// Milliseconds that a record may wait at a sink after its first failure; nil: for ever.
    public var expire: Int64?
    /// Whether a shard waits with a record that is too large for the DLQ, instead of writing headers alone.
    public var waitsWithOversize = false
    /// The bytes that batches may hold, over all shards.
    public var batchMemory = 128 << 20
    /// Milliseconds between commits.
    public var commitInterval: Int64 = 1000
    /// Whether a shard whose log lost records below its checkpoint stops instead of going on behind the loss.
    public var parksOnGap = false
    /// The number of lanes.
    public var lanes = 1
    /// What finds records that the process dies of; nil where nothing is to be found.
    public var crashMarker: CrashMarker?
    /// The replay that this is, for dead letters; nil for the live worker.
    public var replay: String?

    /// A plan with the config's defaults.
    public init(name: String, group: String, sinks: [SinkPlan], deadLetters: DeadLetters) {
        self.name = name
        self.group = group
        self.sinks = sinks
        self.deadLetters = deadLetters
    }
}
