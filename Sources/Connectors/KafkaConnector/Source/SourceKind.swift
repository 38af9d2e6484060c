import Kafka
import Millrace
import Platform

/// `source: { kafka: … }`: the partitions of topics, by a consumer group.
///
/// # Configuration keys
/// Those of ``keys``.
public struct KafkaSourceKind: SourceKind {
    /// The kind.
    public init() {}

    /// `kafka`
    public var name: String { "kafka" }
    /// For the reference.
    public var meaning: String { "Reads the partitions of Kafka topics as a member of a consumer group." }

    /// The keys of a Kafka source.
    public var keys: [Key] {
        ClientOptions.sourceKeys + [
            .required("topics", .strings, example: "[orders]", "The topics to read; each partition is a shard."),
            .required(
                "group", .string, example: "orders-worker",
                "The consumer group, under whose name checkpoints are committed."),
            Key(
                "start", .string, default: "earliest",
                "Where a group begins that has never committed: `earliest`, `latest` or an RFC 3339 time."),
            Key(
                "commit_interval", .duration(10...3_600_000, allowsInfinite: false), default: "1s",
                "Time between commits."),
            Key(
                "on_gap", .choice(["continue", "park"]), default: "continue",
                "What to do when the log lost records below the checkpoint: report them and go on, or stop the shard."),
            Key(
                "instance", .string, example: "worker-1",
                "Makes the worker a static member of this name, one worker a name: a restart within the session moves no "
                    + "shard, and a stopped one keeps its shards until the session ends."),
        ]
    }

    /// The keys that the dead letter topic adds.
    public var deadLetterKeys: [Key] {
        [
            .required("topic", .string, example: "orders.dlq", "Where dead letters go; it must exist."),
            Key(
                "oversize", .choice(["reference", "wait"]), default: "reference",
                "What becomes of a record that is too large for the topic: headers alone, which say where it lies, or "
                    + "its shard waits until the topic takes it."),
        ] + KafkaDeadLetterWriter.keys
    }

    /// What is wrong beyond the types: brokers, properties, the start, names of topics.
    public func check(_ options: Options) -> [ConfigIssue] {
        let times = KafkaSourceKind.timeIssues(options)
        var issues = ClientOptions.check(
            options, for: .consumer, owned: KafkaSourceKind.owned, over: times.isEmpty ? SourceSettings.preset : nil)
        if let text = options.string("start"), KafkaSourceKind.start(text) == nil {
            issues.append(
                ConfigIssue(
                    "source.kafka.start is not `earliest`, `latest` or a time: \"\(text)\"",
                    at: options.place(of: "start"), width: text.count, hint: "for example 2026-01-31T12:00:00Z"))
        }
        if let instance = options.string("instance"), !ClientOptions.isName(instance) {
            issues.append(
                ConfigIssue(
                    "source.kafka.instance: \"\(instance)\" is no member's name: letters, digits, `.`, `_` and `-`, 249 at most",
                    at: options.place(of: "instance"), width: instance.count))
        }
        if let group = options.string("group"),
            group.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 })
        {
            issues.append(
                ConfigIssue(
                    "source.kafka.group has a control character (a line feed at the end of a file?)",
                    at: options.place(of: "group")))
        }
        return issues + KafkaSourceKind.topicIssues(options) + times
    }

    /// What is wrong with the names of the topics. A name that begins with `^` would be a pattern to librdkafka, and one
    /// that is there twice is refused by it.
    private static func topicIssues(_ options: Options) -> [ConfigIssue] {
        let (topics, place) = (options.strings("topics"), options.place(of: "topics"))
        if options.isGiven("topics") && topics.isEmpty {
            return [ConfigIssue("source.kafka.topics is empty", at: place, hint: "name at least one")]
        }
        var issues: [ConfigIssue] = []
        var known: Set<String> = []
        for topic in topics {
            if !ClientOptions.isName(topic) {
                let message =
                    "source.kafka.topics: \"\(topic)\" is no topic's name: letters, digits, `.`, `_` and `-`, 249 at most"
                issues.append(ConfigIssue(message, at: place))
            } else if !known.insert(topic).inserted {
                issues.append(ConfigIssue("source.kafka.topics: \"\(topic)\" is there twice", at: place))
            }
        }
        return issues
    }

    /// Times of librdkafka that it takes one by one, and refuses together when the consumer is made.
    private static func timeIssues(_ options: Options) -> [ConfigIssue] {
        let given = options.map("properties")
        func time(_ name: String, _ usual: Int64) -> Int64 {
            given.first { $0.name == name }.flatMap { Int64($0.value) } ?? usual
        }
        let (session, poll) = (time("session.timeout.ms", 10_000), time("max.poll.interval.ms", 300_000))
        guard session > poll else { return [] }
        let pair = given.first { $0.name == "session.timeout.ms" } ?? given.first { $0.name == "max.poll.interval.ms" }
        guard let pair else { return [] }
        return [
            ConfigIssue(
                "source.kafka.properties: session.timeout.ms (\(session)) is longer than max.poll.interval.ms (\(poll))",
                at: pair.place, width: pair.name.count)
        ]
    }

    /// What is wrong with `dead_letter`: its brokers, its properties, the topic's name.
    public func check(deadLetter options: Options, source: Options) -> [ConfigIssue] {
        KafkaDeadLetterWriter.check(options)
    }

    /// Whether a broker answers, and the topics and the group are there to be read.
    public func probe(_ options: Options, timeout: Int64) -> Readiness {
        let client = ClientOptions(options)
        let session = options.map("properties").first { $0.name == "session.timeout.ms" }.flatMap { pair in
            Int64(pair.value).map { TopicProbe.Session(length: $0, place: pair.place) }
        }
        let group = options.string("group") ?? ""
        return client.probe(
            options.strings("topics"), .read(group: group, options.place(of: "group"), session: session),
            ConnectionSetup(client, options), at: options.place(of: "topics"), timeout: timeout)
    }

    /// Whether the dead letter topic is there and may be used.
    public func probeDeadLetters(_ options: Options, source: Options, timeout: Int64) -> Readiness {
        guard let topic = options.string("topic") else { return .ready("") }
        let client = ClientOptions(options, inheriting: source)
        return client.probe(
            [topic], .write, ConnectionSetup(client, options, inheriting: source), at: options.place(of: "topic"),
            timeout: timeout)
    }

    /// Makes the source.
    public func make(_ options: Options, _ context: SourceContext) throws(MillraceError) -> any Source {
        let client = ClientOptions(options)
        let settings = SourceSettings(
            brokers: try client.bootstrap(topics: options.strings("topics")), topics: options.strings("topics"),
            group: options.string("group") ?? "", instance: options.string("instance"),
            start: KafkaSourceKind.start(options.string("start") ?? "") ?? .earliest,
            clientID: ClientOptions.clientID(context.pipeline, "source"),
            properties: client.configuration(over: KafkaConfiguration()), memory: context.memory,
            batchRecords: context.batchRecords, revoke: context.revoke)
        return try KafkaSource(settings, notes: context.notes)
    }

    /// Makes the writer of dead letters.
    public func makeDeadLetterWriter(
        _ options: Options, source: Options, _ context: SourceContext
    ) throws(MillraceError) -> any DeadLetterWriter {
        try KafkaDeadLetterWriter(options, source: source, context)
    }

    /// The start that `text` means.
    static func start(_ text: String) -> SourceStart? {
        switch text {
        case "earliest": .earliest
        case "latest": .latest
        default: Timestamp(rfc3339: text).map { .time($0.milliseconds) }
        }
    }

    /// What the engine sets itself, and what to write instead.
    private static let owned: [String: String] = [
        "enable.auto.commit": "source.kafka.commit_interval", "auto.commit.interval.ms": "source.kafka.commit_interval",
        "enable.auto.offset.store": "checkpoints are the engine's",
        "auto.offset.reset": "source.kafka.start and on_gap", "enable.partition.eof": "the lag is told by it",
        "partition.assignment.strategy": "the assignor is the engine's", "queued.min.messages": "limits.memory",
        "queued.max.messages.kbytes": "limits.memory", "fetch.max.bytes": "limits.memory",
        "fetch.message.max.bytes": "limits.memory", "max.partition.fetch.bytes": "limits.memory",
        "fetch.wait.max.ms": "the pacer needs it short", "check.crcs": "always on",
    ]
}
