import Kafka
import Testing

/// What librdkafka lets pass is found before a client is made.
@Suite struct ConfigurationTests {
    private func problems(
        _ key: String, _ value: String, _ role: KafkaClient.Role = .consumer
    ) -> [KafkaConfiguration.Problem] {
        KafkaConfiguration.check([(key: key, value: value)], for: role)
    }

    @Test(arguments: ["10ms", "1e3", "0x10", "", " 5", "5 ", "1.5", "99999999999999999999", "-", "ms"])
    func whatIsNoWholeNumberIsFound(_ value: String) {
        #expect(problems("fetch.wait.max.ms", value).count == 1, "\(value)")
    }

    @Test(arguments: [
        ("fetch.wait.max.ms", "10"), ("statistics.interval.ms", "0"), ("enable.partition.eof", "true"),
        ("isolation.level", "read_committed"), ("security.protocol", "sasl_ssl"), ("client.id", "10ms"),
        ("bootstrap.servers", "a:9092,b:9092"), ("debug", "cgrp,fetch"), ("group.id", "g"),
    ])
    func whatIsRightPasses(_ key: String, _ value: String) {
        #expect(problems(key, value) == [])
    }

    @Test(arguments: [
        ("acks", "all"), ("acks", "-1"), ("linger.ms", "0.5"), ("linger.ms", "5"), ("compression.codec", "zstd"),
        ("compression.level", "-1"), ("partitioner", "murmur2_random"),
    ])
    func whatIsRightForAProducerPasses(_ key: String, _ value: String) {
        #expect(problems(key, value, .producer) == [])
    }

    @Test(arguments: [
        ("linger.ms", "5ms"), ("linger.ms", "nan"), ("acks", "al"), ("acks", "2x"), ("compression.codec", "zip"),
        ("enable.idempotence", "maybe"), ("batch.size", "0"), ("opaque", "1"), ("dr_cb", "x"),
    ])
    func whatIsWrongForAProducerIsFound(_ key: String, _ value: String) {
        #expect(problems(key, value, .producer).count == 1)
    }

    @Test func anUnknownKeyHasANeighbour() {
        let found = problems("fetch.wait.max.mss", "1")
        #expect(found.map(\.suggestion) == ["fetch.wait.max.ms"])
        #expect(problems("banana", "1").map(\.suggestion) == [nil])
    }

    @Test func aPropertyOfTheOtherRoleIsFound() {
        #expect(problems("linger.ms", "5", .consumer).count == 1)
        #expect(problems("fetch.wait.max.ms", "5", .producer).count == 1)
        #expect(problems("socket.timeout.ms", "5000", .producer) == [])
    }

    @Test func aSecretIsNeverShown() {
        let configuration: KafkaConfiguration = ["sasl.username": "u", "sasl.password": "hunter2", "client.id": "c"]
        #expect(configuration.description == "sasl.username=u sasl.password=*** client.id=c")
        #expect(!problems("sasl.password", "hun\0ter2").description.contains("ter2"))
    }

    @Test func aBadValueIsThrownWithItsKey() throws {
        let failure = #expect(throws: KafkaError.self) {
            try KafkaProducer(["bootstrap.servers": "localhost:1", "enable.idempotence": "maybe"])
        }
        #expect(failure?.message.contains("enable.idempotence") == true)
        #expect(throws: KafkaError.self) {
            try KafkaConsumer(["group.id": "g", "session.timeout.ms": "9000", "max.poll.interval.ms": "5000"])
        }
        #expect(throws: KafkaError.self) { try KafkaConsumer(["bootstrap.servers": "localhost:1"]) }
    }

    @Test func thePresetsMakeClients() throws {
        let consumer = KafkaConfiguration.consumer(
            brokers: "127.0.0.1:1", clientID: "test", group: "g", prefetchKiB: 1024, fetchBytes: 2_097_152)
        let gapless = KafkaConfiguration.gaplessProducer(brokers: "127.0.0.1:1", clientID: "test")
        let plain = KafkaConfiguration.plainProducer(brokers: "127.0.0.1:1", clientID: "test")
        #expect(check(consumer, .consumer) == [])
        #expect(check(gapless, .producer) == [])
        #expect(check(plain, .producer) == [])
        #expect(try KafkaConsumer(consumer).close(timeout: .seconds(10)) == .closed)
        #expect(try KafkaProducer(gapless).destroy(within: .seconds(10)))
        #expect(try KafkaProducer(plain).destroy(within: .seconds(10)))
        let tiny = KafkaConfiguration.consumer(
            brokers: "127.0.0.1:1", clientID: "test", group: "g", prefetchKiB: 0, fetchBytes: 1)
        #expect(try KafkaConsumer(tiny).close(timeout: .seconds(10)) == .closed)
    }

    private func check(
        _ configuration: KafkaConfiguration, _ role: KafkaClient.Role
    ) -> [KafkaConfiguration.Problem] {
        KafkaConfiguration.check(configuration.properties.map { (key: $0.key, value: $0.value) }, for: role)
    }

    @Test func aLaterValueCountsAndNilTakesItBack() {
        var configuration: KafkaConfiguration = ["a": "1", "b": "2", "a": "3"]
        #expect(configuration.properties.map(\.value) == ["3", "2"])
        configuration["a"] = nil
        #expect(configuration.properties.map(\.key) == ["b"])
        #expect(configuration.merging(["b": "4", "c": "5"]).properties.map(\.value) == ["4", "5"])
    }
}
