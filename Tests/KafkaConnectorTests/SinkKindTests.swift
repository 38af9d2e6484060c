import Kafka
import Millrace
import Testing

@testable import KafkaConnector

/// What a config may say of a Kafka sink, and what becomes of it.
@Suite struct SinkKindTests {
    private static let place = ConfigPlace(line: 1, column: 1)

    private func source(_ brokers: String = "b:9092", _ extra: [String: Options.Value] = [:]) -> Options {
        var options = Options(at: SinkKindTests.place)
        options.set("brokers", .string(brokers), at: SinkKindTests.place)
        options.set("topics", .strings(["orders"]), at: SinkKindTests.place)
        for (name, value) in extra { options.set(name, value, at: SinkKindTests.place) }
        return options
    }

    private func sink(_ values: [String: Options.Value]) -> Options {
        var options = Options(at: SinkKindTests.place)
        options.set("topic", .string("out"), at: SinkKindTests.place)
        for (name, value) in values { options.set(name, value, at: SinkKindTests.place) }
        return options
    }

    private func properties(_ pairs: [(String, String)]) -> Options.Value {
        .map(pairs.map { Options.Pair($0.0, $0.1, at: ConfigPlace(line: 7, column: 3)) })
    }

    private func object(_ pairs: [(String, String)]) -> Options.Value {
        var options = Options(at: SinkKindTests.place)
        for (name, value) in pairs { options.set(name, .string(value), at: SinkKindTests.place) }
        return .object(options)
    }

    private func issues(_ values: [String: Options.Value], source: Options? = nil) -> [ConfigIssue] {
        KafkaSinkKind().check(
            sink(values), CheckContext(sourceKind: "kafka", source: source ?? self.source()))
    }

    private func settings(
        _ values: [String: Options.Value], source: Options? = nil, batchRecords: Int = 1000
    ) -> SinkSettings {
        SinkSettings(
            sink(values),
            SinkContext(
                pipeline: "orders", name: "clean", index: 0, source: source ?? self.source(), memory: 1 << 20,
                batchRecords: batchRecords, revoke: 5_000, notes: SinkNotes()))
    }

    /// Small batches must not wait for the time of a request: what is in flight counts in records.
    @Test(arguments: [(100_000, 8), (1_000, 8), (250, 32), (100, 64), (1, 64)])
    func smallBatchesHaveALargerWindow(batchRecords: Int, window: Int) throws {
        #expect(settings([:], batchRecords: batchRecords).window == window)
        let context = SinkContext(
            pipeline: "orders", name: "clean", index: 0, source: source(), memory: 1 << 20, batchRecords: batchRecords,
            revoke: 5_000, notes: SinkNotes())
        #expect(try KafkaSink(SinkSettings(sink([:]), context), notes: SinkNotes()).ordering == .pipelined(window))
    }

    // MARK: - Checks

    @Test func aPlainSinkIsFine() {
        #expect(issues([:]).isEmpty)
        #expect(issues(["brokers": .string("a:1,b.example:9092,[::1]:9092")]).isEmpty)
        #expect(issues(["brokers": .string("embedded")]).isEmpty)
        #expect(issues(["properties": properties([("linger.ms", "20"), ("compression.codec", "zstd")])]).isEmpty)
    }

    @Test(arguments: [
        "group.id", "client.id", "bootstrap.servers", "enable.idempotence", "enable.gapless.guarantee", "acks",
        "message.timeout.ms", "delivery.timeout.ms", "queue.buffering.max.kbytes", "partitioner", "transactional.id",
        "message.max.bytes", "allow.auto.create.topics", "retries", "max.in.flight",
    ])
    func whatMillraceSetsItselfIsRefused(property: String) {
        let found = issues(["properties": properties([(property, "1")])])
        #expect(found.map(\.message) == ["properties.\(property): set by Millrace itself"])
        #expect(found.first?.place == ConfigPlace(line: 7, column: 3))
    }

    @Test func whatMakesNoClientIsRefused() {
        let found = issues(["properties": properties([("linger.ms", "5"), ("reconnect.backoff.ms", "5000")])])
        #expect(found.count == 1)
        #expect(found.first?.message.hasPrefix("properties.reconnect.backoff.ms: librdkafka makes no client") == true)
    }

    @Test func propertiesAreChecked() {
        let found = issues([
            "properties": properties([("lingerms", "5"), ("linger.ms", "10ms"), ("fetch.min.bytes", "1")])
        ])
        #expect(found.count == 3)
        #expect(found.contains { $0.message.contains("lingerms") && $0.hint == "linger.ms" })
        #expect(found.contains { $0.message.contains("10ms") })
        #expect(found.contains { $0.message.contains("fetch.min.bytes") && $0.message.contains("consumers") })
    }

    @Test func securityIsSaidInOneWay() {
        let tls = object([("ca", "ca.pem")])
        let pairs = properties([("ssl.ca.location", "x"), ("security.protocol", "ssl"), ("sasl.username", "u")])
        #expect(issues(["tls": tls, "properties": pairs]).count == 3)
        #expect(issues(["properties": properties([("security.protocol", "ssl")])]).isEmpty)
        #expect(issues(["tls": object([("cert", "c.pem")])]).map(\.message) == ["tls.cert: needs `key` too"])
    }

    @Test func aPasswordInTheClearIsWarnedOf() {
        let sasl = object([("mechanism", "PLAIN"), ("username", "u"), ("password", "p")])
        #expect(issues(["sasl": sasl]).map(\.severity) == [.warning])
        #expect(issues(["sasl": sasl, "tls": object([])]).isEmpty)
    }

    @Test func brokersAndTopicsHaveTheirForm() {
        #expect(issues(["brokers": .string("b")]).map(\.hint) == ["b:9092"])
        #expect(issues(["brokers": .string("a:1,,b:99999")]).count == 2)
        #expect(issues(["topic": .string("a b")]).count == 1)
        #expect(issues(["topic": .string("..")]).count == 1)
        #expect(issues(["topic": .string(String(repeating: "t", count: 250))]).count == 1)
    }

    @Test func aLoopIsRefused() {
        #expect(issues(["topic": .string("orders")]).count == 1)
        #expect(issues(["topic": .string("orders"), "brokers": .string("b:9092")]).count == 1)
        #expect(issues(["topic": .string("orders"), "brokers": .string("other:9092")]).isEmpty)
    }

    // MARK: - What becomes of it

    private func configuration(
        _ values: [String: Options.Value], source: Options? = nil, kind: SinkOutlet.Kind = .main, limit: Int = 1_048_588
    ) -> KafkaConfiguration {
        settings(values, source: source).configuration(kind, bootstrap: "b:9092", limit: limit)
    }

    @Test func theProducersKeepTheirPromises() {
        let main = configuration([:])
        #expect(main["enable.idempotence"] == "true")
        #expect(main["enable.gapless.guarantee"] == "true")
        #expect(main["message.timeout.ms"] == "0")
        #expect(main["allow.auto.create.topics"] == "false")
        #expect(main["client.id"] == "orders-clean")
        let careful = configuration([:], kind: .careful)
        #expect(careful["enable.gapless.guarantee"] == "false")
        #expect(careful["batch.num.messages"] == "1")
        #expect(careful["linger.ms"] == "0")
        let slow = configuration(
            ["properties": properties([("queue.buffering.max.ms", "50")])], kind: .careful)
        #expect(slow["queue.buffering.max.ms"] == nil)
    }

    @Test func requestsAreCutByTheTopicsLimit() {
        #expect(configuration([:], limit: 2_000)["batch.size"] == "2000")
        #expect(configuration([:])["batch.size"] == "1000000")
        let own = ["properties": properties([("batch.size", "50000")])]
        #expect(configuration(own)["batch.size"] == "50000")
        #expect(configuration(own, limit: 2_000)["batch.size"] == "2000")
        // What fits the topic is not refused by the client.
        #expect(Int(configuration([:], limit: 20 << 20)["message.max.bytes"] ?? "") == (20 << 20) + 1_000)
    }

    @Test func everyProducerCanBeMade() throws {
        for kind in [SinkOutlet.Kind.main, .careful] {
            for limit in [1, 2_000, 1_048_588, 500 << 20, Int(Int32.max)] {
                _ = try KafkaProducer(configuration([:], kind: kind, limit: limit))
            }
        }
    }

    @Test func onTheSourcesBrokersItsSecurityHolds() {
        let secured = source(
            "b:9092",
            [
                "tls": object([("ca", "ca.pem")]),
                "sasl": object([("mechanism", "SCRAM-SHA-512"), ("username", "u"), ("password", "p")]),
            ])
        let same = configuration([:], source: secured)
        #expect(same["security.protocol"] == "sasl_ssl")
        #expect(same["ssl.ca.location"] == "ca.pem")
        #expect(same["sasl.mechanism"] == "SCRAM-SHA-512")
        #expect(same["sasl.username"] == "u")
        #expect(same["sasl.password"] == "p")
        #expect(configuration(["brokers": .string("b:9092")], source: secured)["security.protocol"] == "sasl_ssl")
        #expect(configuration(["brokers": .string("c:9092")], source: secured)["security.protocol"] == nil)
        #expect(configuration(["tls": object([])], source: secured)["security.protocol"] == "ssl")
        let written = source("b:9092", ["properties": properties([("security.protocol", "ssl"), ("debug", "all")])])
        #expect(configuration([:], source: written)["security.protocol"] == "ssl")
        #expect(configuration([:], source: written)["debug"] == nil)
    }

    @Test func namesFitIntoAClientID() {
        #expect(ClientOptions.clientID("orders", "clean") == "orders-clean")
        #expect(ClientOptions.clientID("bücher/ü", "a b") == "b_cher__-a_b")
        #expect(ClientOptions.clientID(String(repeating: "p", count: 40), "x").utf8.count == 32)
    }

    @Test func theEmbeddedBrokerIsOneForAll() throws {
        let brokers = EmbeddedBrokers.shared
        let first = try brokers.bootstrap(topics: ["a"])
        #expect(try brokers.bootstrap(topics: ["a", "b"]) == first)
        #expect(settings(["brokers": .string("embedded")]).client.isEmbedded)
        let found = try SinkTopicReader.all(first, "b", partitions: EmbeddedBrokers.partitions)
        #expect(found.count == 4)
    }
}
