import Kafka
import Millrace

/// What a config says of a Kafka sink.
///
/// # Configuration keys
/// `topic`, `headers`, `timestamp`, `partition` and those of ``ClientOptions``: see ``KafkaSinkKind``.
struct SinkSettings: Sendable {
    let pipeline: String
    let name: String
    let topic: String
    let client: ClientOptions
    /// Whether records keep their headers.
    let passesHeaders: Bool
    /// Whether records keep their time.
    let keepsTimestamp: Bool
    let partitioning: PartitionChoice.Rule
    /// The bytes that the producers of all lanes may hold.
    let memory: Int
    /// How many deliveries of a shard may be in flight: as many as hold some 8,000 records, which cover the time of a
    /// request at full speed, but at least 8 and at most 64.
    let window: Int

    init(_ options: Options, _ context: SinkContext) {
        pipeline = context.pipeline
        name = context.name
        topic = options.string("topic") ?? ""
        client = ClientOptions(options, inheriting: context.source)
        passesHeaders = options.string("headers") != "none"
        keepsTimestamp = options.string("timestamp") == "source"
        partitioning = options.string("partition") == "source" ? .source : .key
        memory = context.memory
        window = max(8, min(64, 8_000 / max(1, context.batchRecords)))
    }

    /// Whether requests are compressed: then only the broker can say whether a record is too large.
    var compresses: Bool { client.compresses }

    /// The largest record that a producer takes from us, its own overhead included. What is above goes carefully.
    func clientLimit(_ kind: SinkOutlet.Kind, limit: Int) -> Int {
        switch kind {
        case .careful: 1_000_000_000
        // Request buffers grow up to this size, so it is no larger than it must be.
        case .main: min(1_000_000_000, max(compresses ? 16 << 20 : 1_000_000, limit + 1_000))
        }
    }

    /// The configuration of a producer for a topic with this limit.
    func configuration(_ kind: SinkOutlet.Kind, bootstrap: String, limit: Int) -> KafkaConfiguration {
        let clientID = ClientOptions.clientID(pipeline, name)
        let preset: KafkaConfiguration =
            kind == .main
            ? .gaplessProducer(brokers: bootstrap, clientID: clientID)
            : .plainProducer(brokers: bootstrap, clientID: clientID)
        var configuration = client.configuration(over: preset)
        configuration["allow.auto.create.topics"] = "false"
        // The lane counts what it gives: see SinkBudget.
        configuration["queue.buffering.max.messages"] = "0"
        configuration["queue.buffering.max.kbytes"] = "2147483647"
        configuration["message.max.bytes"] = String(clientLimit(kind, limit: limit))
        // A request of small records must not be refused for the size of them all.
        let wanted = configuration["batch.size"].flatMap { Int($0) } ?? 1_000_000
        configuration["batch.size"] = String(max(1, min(wanted, limit)))
        if kind == .careful {
            configuration["batch.num.messages"] = "1"
            configuration["queue.buffering.max.ms"] = nil
            configuration["linger.ms"] = "0"
        }
        return configuration
    }

    /// The properties that the sink sets itself, and what to write instead.
    static let owned: [String: String] = {
        var owned: [String: String] = [:]
        let reasons: [(String, [String])] = [
            ("records wait for the broker, none times out", ["message.timeout.ms", "delivery.timeout.ms"]),
            (
                "nothing is lost or overtaken",
                [
                    "enable.idempotence", "enable.gapless.guarantee", "acks", "request.required.acks", "max.in.flight",
                    "max.in.flight.requests.per.connection", "retries", "message.send.max.retries",
                    "queuing.strategy", "delivery.report.only.error", "socket.timeout.ms",
                ]
            ),
            (
                "limits.memory",
                [
                    "queue.buffering.max.messages", "queue.buffering.max.kbytes",
                    "queue.buffering.backpressure.threshold", "message.max.bytes", "message.copy.max.bytes",
                ]
            ),
            ("partition: key | source", ["partitioner", "sticky.partitioning.linger.ms"]),
            ("not in this version", ["transactional.id", "transaction.timeout.ms"]),
        ]
        for (instead, names) in reasons { for name in names { owned[name] = instead } }
        return owned
    }()
}
