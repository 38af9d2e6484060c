import Millrace

// Kinds as the connectors have them, as far as a config sees them. They make nothing.

private let notMade = MillraceError(.internal, "kinds of tests make nothing")

struct KeepAll: Transform {
    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count { out.keep(records[index]) }
    }
}

struct TestSource: SourceKind {
    let name = "kafka"
    let meaning = "Topics of a Kafka cluster."
    let keys: [Key] = [
        .required("brokers", .string, "The brokers, host:port each, with commas between."),
        .required("topics", .strings, "The topics to read."),
        .required("group", .string, "The consumer group."),
        Key("start", .string, default: "earliest", "Where a new group starts."),
        Key("commit_interval", .duration(10...60_000, allowsInfinite: false), default: "1s", "Time between commits."),
        Key("on_gap", .choice(["continue", "park"]), default: "continue", "What a lost range does."),
        Key(
            "tls",
            .object([
                Key("ca", .string, "Who signed the brokers' certificates."), Key("cert", .string, "Our certificate."),
                Key("key", .string, "Its key."),
            ]), "TLS to the brokers."),
        Key(
            "sasl",
            .object([
                .required(
                    "mechanism", .choice(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]), "How we show who we are."),
                .required("username", .string, "Who we are."), .required("password", .string, "What only we know."),
            ]), "Who we are to the brokers."),
        Key("properties", .map, default: "{}", "Other properties of librdkafka."),
        Key("instance", .string, "Static membership."),
    ]
    let deadLetterKeys: [Key] = [
        .required("topic", .string, "The topic of the dead letters."),
        Key("brokers", .string, "The brokers; the source's by default."),
        Key(
            "oversize", .choice(["reference", "wait"]), default: "reference",
            "What becomes of a letter that is too large."),
        Key("properties", .map, default: "{}", "Other properties of librdkafka."),
    ]

    func check(_ options: Options) -> [ConfigIssue] { owned(options) }

    func check(deadLetter options: Options, source: Options) -> [ConfigIssue] { owned(options) }

    func probe(_ options: Options, timeout: Int64) -> Readiness { .ready("") }

    func probeDeadLetters(_ options: Options, source: Options, timeout: Int64) -> Readiness { .ready("") }

    private func owned(_ options: Options) -> [ConfigIssue] {
        options.map("properties").filter { $0.name == "group.id" }.map {
            ConfigIssue("properties.\($0.name): belongs to Millrace, not \"\($0.value)\"", at: $0.place)
        }
    }

    func make(_ options: Options, _ context: SourceContext) throws(MillraceError) -> any Source { throw notMade }

    func makeDeadLetterWriter(
        _ options: Options, source: Options, _ context: SourceContext
    ) throws(MillraceError) -> any DeadLetterWriter { throw notMade }
}

struct TestSink: SinkKind {
    let name: String
    let meaning = "A sink of tests."
    let keys: [Key]

    func check(_ options: Options, _ context: CheckContext) -> [ConfigIssue] {
        var issues: [ConfigIssue] = []
        if let rotate = options.size("rotate"), rotate < 1 << 20 {
            issues.append(ConfigIssue("rotate: very small", at: options.place(of: "rotate"), severity: .warning))
        }
        let isAlone = context.source.strings("topics").count == 1
        let path = options.string("path") ?? (name == "file" ? "" : "{shard}")
        if !path.contains("{shard}"), !(isAlone && path.contains("{partition}")) {
            issues.append(ConfigIssue("path: must contain `{shard}`: \"\(path)\"", at: options.place(of: "path")))
        }
        if let topic = options.string("topic"), context.source.strings("topics").contains(topic) {
            issues.append(ConfigIssue("topic: the source reads \"\(topic)\"", at: options.place(of: "topic")))
        }
        return issues
    }

    func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink { throw notMade }

    static let kafka = TestSink(
        name: "kafka",
        keys: [
            .required("topic", .string, "The topic."), Key("brokers", .string, "The brokers; the source's by default."),
            Key("partition", .choice(["key", "source"]), default: "key", "How a partition is chosen."),
            Key("properties", .map, default: "{}", "Other properties of librdkafka."),
        ])
    static let file = TestSink(
        name: "file",
        keys: [
            .required("path", .string, "The files."),
            Key("rotate", .size(1024...(1 << 40)), "The size at which a new file begins."),
            Key("sync", .duration(0...60_000, allowsInfinite: false), default: "1s", "How often files are synced."),
            Key("framing", .choice(["line", "length"]), default: "line", "What stands between payloads."),
        ])
    static let stdout = TestSink(name: "stdout", keys: [])
}

/// Takes a mapping, and complains about keys that end in a dot.
struct TestTransform: TransformKind {
    let name: String
    let meaning = "A transform of tests."
    let example = "{ a: b }"

    func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        guard case .mapping(let entries) = node.value else {
            throw ConfigIssues(ConfigIssue("\(name) must be a mapping", at: node))
        }
        let issues = entries.compactMap { entry -> ConfigIssue? in
            guard case .scalar(let text, _, _) = entry.value.value, text.hasSuffix(".") else { return nil }
            return ConfigIssue(
                "\(name): path \"\(text)\" ends in a dot", at: entry.value, hint: "write \(text.dropLast())")
        }
        if !issues.isEmpty { throw ConfigIssues(issues) }
        return KeepAll()
    }
}

struct TestPattern: PatternKind {
    func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        try TestTransform(name: "when").make(node)
    }
}

struct TestDecoder: DecodeKind {
    let name: String
    let meaning = "A decoder of tests."

    func make() -> (any Transform)? { nil }
}

let registry = Registry()
    .adding(TestSource()).adding(TestSink.kafka).adding(TestSink.file).adding(TestSink.stdout)
    .adding(TestTransform(name: "filter")).adding(TestTransform(name: "project"))
    .adding(TestDecoder(name: "none")).adding(TestDecoder(name: "base64")).adding(TestDecoder(name: "base64url"))
    .matching(TestPattern())
