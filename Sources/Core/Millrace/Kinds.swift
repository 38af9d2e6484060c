/// A kind of transform, as it stands in a config's `transforms`: a name and the form of its value.
public protocol TransformKind: Sendable {
    /// The key that names it: `filter`.
    var name: String { get }
    /// What its value is, one sentence, for the reference.
    var meaning: String { get }
    /// An example of a value, as YAML on one line.
    var example: String { get }

    /// Parses the value and makes the transform, or says everything that is wrong with it.
    func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform
}

/// A pattern over a record, as it stands under a sink's `when`.
public protocol PatternKind: Sendable {
    /// A transform that keeps the records that match and drops the others.
    func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform
}

/// A way of decoding payloads, as it stands in a config's `decode`.
public protocol DecodeKind: Sendable {
    /// The word that names it: `base64`.
    var name: String { get }
    /// What it expects of a payload, one sentence.
    var meaning: String { get }

    /// The transform that decodes; nil where nothing is to be done.
    func make() -> (any Transform)?
}

/// A kind of sink: its keys and how one is made.
///
/// A new sink is a target with a type of this protocol, its line in `Package.swift` and one in the registry.
public protocol SinkKind: Sendable {
    /// The key that names it: `file`.
    var name: String { get }
    /// What it is, one sentence.
    var meaning: String { get }
    /// Its keys.
    var keys: [Key] { get }

    /// What is wrong with `options` beyond the types of the keys. Touches nothing outside.
    func check(_ options: Options, _ context: CheckContext) -> [ConfigIssue]

    /// Looks whether the destination is there and may be used, for at most `timeout` milliseconds; blocks.
    func probe(_ options: Options, _ context: CheckContext, timeout: Int64) -> Readiness

    /// Makes the sink. May open files; must not wait for a network.
    func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink
}

/// A kind of source: its keys and how one is made, and who writes the dead letters that come of it.
public protocol SourceKind: Sendable {
    /// The key that names it: `kafka`.
    var name: String { get }
    /// What it is, one sentence.
    var meaning: String { get }
    /// Its keys.
    var keys: [Key] { get }
    /// The keys of `dead_letter` that the writer adds, beside those of the engine.
    var deadLetterKeys: [Key] { get }

    /// What is wrong with `options` beyond the types of the keys. Touches nothing outside.
    func check(_ options: Options) -> [ConfigIssue]

    /// What is wrong with the options of `dead_letter`, beside those of the `source`. Touches nothing outside.
    func check(deadLetter options: Options, source: Options) -> [ConfigIssue]

    /// Looks whether the origin is there and may be read, for at most `timeout` milliseconds; blocks.
    func probe(_ options: Options, timeout: Int64) -> Readiness

    /// Looks whether dead letters can be kept, for at most `timeout` milliseconds; blocks.
    func probeDeadLetters(_ options: Options, source: Options, timeout: Int64) -> Readiness

    /// Makes the source. Must not wait for a network.
    func make(_ options: Options, _ context: SourceContext) throws(MillraceError) -> any Source

    /// Makes the writer of dead letters. Must not wait for a network.
    func makeDeadLetterWriter(
        _ options: Options, source: Options, _ context: SourceContext
    ) throws(MillraceError) -> any DeadLetterWriter
}

extension SourceKind {
    /// Nothing beyond the types of the keys, unless said otherwise.
    public func check(deadLetter options: Options, source: Options) -> [ConfigIssue] { [] }
}

extension SinkKind {
    /// Nothing to look at, unless said otherwise.
    public func probe(_ options: Options, _ context: CheckContext, timeout: Int64) -> Readiness { .ready("") }
    /// Nothing to check beyond the keys' types, unless said otherwise.
    public func check(_ options: Options, _ context: CheckContext) -> [ConfigIssue] { [] }
}

/// How a source, a sink or the dead letters were found before the start.
public enum Readiness: Sendable {
    /// It is there; the text says what it is.
    case ready(String)
    /// It is there, but hardly as meant: what is odd, and what to do.
    case doubtful(String, remedy: String)
    /// It does not answer; it may come. The place is that of the address in the config.
    case unreachable(String, at: ConfigPlace? = nil)
    /// It answers, and will not do: waiting does not help. The error's place is that of the key at fault.
    case refused(MillraceError)
}

/// What a sink's own check may look at.
public struct CheckContext: Sendable {
    /// The name of the source's kind, and its options.
    public let sourceKind: String
    /// The source's options.
    public let source: Options

    /// A context with the source's options.
    public init(sourceKind: String, source: Options) {
        self.sourceKind = sourceKind
        self.source = source
    }
}

/// What a sink is made with.
public struct SinkContext: Sendable {
    /// The pipeline's name.
    public let pipeline: String
    /// The sink's own name.
    public let name: String
    /// The place of the sink among the pipeline's sinks.
    public let index: Int
    /// The source's options, for what a sink inherits (brokers, TLS, SASL).
    public let source: Options
    /// How many bytes the sink may hold of its own, over all lanes.
    public let memory: Int
    /// The most a batch may hold, in records (`batch.records`).
    public let batchRecords: Int
    /// The time a hand-over may take, milliseconds (`limits.revoke`).
    public let revoke: Int64
    /// Where notes for the log go.
    public let notes: any NoteTaker

    /// A context for the sink `name`.
    public init(
        pipeline: String, name: String, index: Int, source: Options, memory: Int, batchRecords: Int = 1000,
        revoke: Int64, notes: any NoteTaker
    ) {
        self.pipeline = pipeline
        self.name = name
        self.index = index
        self.source = source
        self.memory = memory
        self.batchRecords = batchRecords
        self.revoke = revoke
        self.notes = notes
    }
}

/// What a source is made with.
public struct SourceContext: Sendable {
    /// The pipeline's name.
    public let pipeline: String
    /// How many bytes the source may hold of records that nobody has read yet, over all shards.
    public let memory: Int
    /// The most a batch may hold, in records (`batch.records`).
    public let batchRecords: Int
    /// The time a hand-over may take, milliseconds (`limits.revoke`).
    public let revoke: Int64
    /// Where notes for the log go.
    public let notes: any NoteTaker

    /// A context for the source of `pipeline`.
    public init(pipeline: String, memory: Int, batchRecords: Int, revoke: Int64, notes: any NoteTaker) {
        self.pipeline = pipeline
        self.memory = memory
        self.batchRecords = batchRecords
        self.revoke = revoke
        self.notes = notes
    }
}

/// The kinds that a program knows: what its configs may name.
public struct Registry: Sendable {
    /// The sources, by the order in which they were added.
    public private(set) var sources: [any SourceKind] = []
    /// The sinks.
    public private(set) var sinks: [any SinkKind] = []
    /// The transforms.
    public private(set) var transforms: [any TransformKind] = []
    /// The ways of decoding.
    public private(set) var decoders: [any DecodeKind] = []
    /// The language of `when`.
    public private(set) var pattern: (any PatternKind)?

    /// No kinds at all.
    public init() {}

    /// The registry with `kind` in place of one of the same name, or added.
    public func adding(_ kind: any SourceKind) -> Registry {
        var copy = self
        copy.sources = sources.filter { $0.name != kind.name } + [kind]
        return copy
    }

    /// The registry with `kind` in place of one of the same name, or added.
    public func adding(_ kind: any SinkKind) -> Registry {
        var copy = self
        copy.sinks = sinks.filter { $0.name != kind.name } + [kind]
        return copy
    }

    /// The registry with `kind` in place of one of the same name, or added.
    public func adding(_ kind: any TransformKind) -> Registry {
        var copy = self
        copy.transforms = transforms.filter { $0.name != kind.name } + [kind]
        return copy
    }

    /// The registry with `kind` in place of one of the same name, or added.
    public func adding(_ kind: any DecodeKind) -> Registry {
        var copy = self
        copy.decoders = decoders.filter { $0.name != kind.name } + [kind]
        return copy
    }

    /// The registry whose `when` is written in `kind`.
    public func matching(_ kind: any PatternKind) -> Registry {
        var copy = self
        copy.pattern = kind
        return copy
    }
}
