import Millrace

/// A config whose every value has been checked; defaults are filled in. Durations are milliseconds, sizes bytes.
///
/// # Configuration keys
/// `name`, `source`, `batch`, `decode`, `transforms`, `sinks`, `dead_letter`, `limits`, `admin`. What each holds is declared in
/// ``ConfigKeys`` and by the kinds; ``KeyCatalog`` lists all of them.
public struct PipelineConfig: Sendable {
    /// Where records come from.
    public struct Source: Sendable {
        /// The kind, which makes the source.
        public let kind: any SourceKind
        /// What it is made with.
        public let options: Options
    }

    /// When a batch closes: at the first of these.
    public struct Batch: Sendable, Hashable {
        /// Records.
        public let records: Int
        /// Bytes, after the first record.
        public let bytes: Int
        /// Time after the first record.
        public let window: Int64
    }

    /// One transform of a chain.
    public struct Step: Sendable {
        /// The name of its kind.
        public let kind: String
        /// Where it stands.
        public let place: ConfigPlace
        /// The transform.
        public let transform: any Transform
    }

    /// Back-off and its limits.
    public struct Retry: Sendable, Hashable {
        /// Attempts before a delivery is halved.
        public let maxAttempts: Int
        /// The first delay.
        public let baseDelay: Int64
        /// The longest delay.
        public let maxDelay: Int64
        /// Time since the first failure before a delivery is halved; nil is without end.
        public let maxAge: Int64?
    }

    /// When a sink counts as down.
    public struct Breaker: Sendable, Hashable {
        /// Deliveries failed in a row that open the breaker.
        public let failureThreshold: Int
        /// How long it stays open.
        public let recoveryTimeout: Int64
    }

    /// One destination.
    public struct Sink: Sendable {
        /// The sink's identity.
        public let name: String
        /// Where it stands.
        public let place: ConfigPlace
        /// The kind, which makes the sink.
        public let kind: any SinkKind
        /// What it is made with.
        public let options: Options
        /// Keeps the records that are for this sink; nil where all are.
        public let when: (any Transform)?
        /// What is done for this sink alone.
        public let transforms: [Step]
        /// Whether the checkpoint waits for it.
        public let isRequired: Bool
        /// What may wait for it when it is optional; nil when it is required.
        public let maxLag: Int?
        /// How failures are tried again.
        public let retry: Retry
        /// When it counts as down.
        public let breaker: Breaker
    }

    /// What becomes of records that cannot be delivered.
    public enum DeadLetter: Sendable {
        /// They are written by the source's kind, made with these options.
        case write(Options)
        /// Their shard stops.
        case park
    }

    /// The limits of the process.
    public struct Limits: Sendable, Hashable {
        /// Bytes of records.
        public let memory: Int
        /// Time to drain after a signal.
        public let drain: Int64
        /// Time to drain when shards are taken away.
        public let revoke: Int64
    }

    /// Where metrics, status and operators' commands are served.
    public struct Admin: Sendable, Hashable {
        /// A place to listen at.
        public struct Place: Sendable, Hashable {
            /// An address or a name.
            public let host: String
            /// The port; 0 is any that is free.
            public let port: UInt16
        }

        /// Where HTTP is served; nil: nowhere.
        public let listen: Place?
        /// Whether the config says so itself, rather than leaving it at the default.
        public let isListenGiven: Bool
        /// The control socket's path; nil: the usual places.
        public let socket: String?
    }

    /// A case of `millrace test`: a record, and what is to become of it.
    public struct Case: Sendable {
        /// What is to become of the record as a dead letter.
        public enum Death: Sendable, Hashable {
            /// It is dead nowhere.
            case none
            /// It is dead somewhere.
            case any
            /// It is dead somewhere for this reason.
            case reason(String)
        }

        /// What is expected of one sink.
        public struct Expectation: Sendable {
            /// The sink.
            public let sink: String
            /// Where that stands.
            public let place: ConfigPlace
            /// The payloads in order; nil for a tombstone.
            public let payloads: [[UInt8]?]
        }

        /// What it is called.
        public let name: String
        /// Where it stands.
        public let place: ConfigPlace
        /// The payload as on the wire; nil for a tombstone.
        public let payload: [UInt8]?
        /// The key; nil where there is none.
        public let key: [UInt8]?
        /// Whether the record has headers, which transforms do not see.
        public let hasHeaders: Bool
        /// What sinks are to be given; one that is not named gets nothing.
        public let sinks: [Expectation]
        /// Whether it is to be dead.
        public let death: Death
    }

    /// The pipeline's name.
    public let name: String
    /// Where records come from.
    public let source: Source
    /// When a batch closes.
    public let batch: Batch
    /// How payloads are decoded.
    public let decode: any DecodeKind
    /// What is done to every record.
    public let transforms: [Step]
    /// The destinations in the order of the file, at least one of them required.
    public let sinks: [Sink]
    /// What becomes of records that cannot be delivered.
    public let deadLetter: DeadLetter
    /// Records in a row that a sink may lose on suspicion.
    public let unwitnessed: Int
    /// Milliseconds that a record waits at a sink after its first failure; nil: for ever.
    public let expire: Int64?
    /// The limits of the process.
    public let limits: Limits
    /// Where metrics, status and operators' commands are served.
    public let admin: Admin
    /// The cases of `millrace test`.
    public let tests: [Case]
}

extension PipelineConfig {
    /// The consumer group; empty for a source without groups.
    public var group: String { source.options.string("group") ?? "" }
    /// Time between commits.
    public var commitInterval: Int64 { source.options.duration("commit_interval") ?? 1000 }
    /// Whether a shard stops whose log lost records, instead of going on behind the loss.
    public var parksOnGap: Bool { source.options.string("on_gap") == "park" }
}
