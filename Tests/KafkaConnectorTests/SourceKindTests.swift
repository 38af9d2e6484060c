import Millrace
import Testing

@testable import KafkaConnector

/// What a config may say of the source, beyond the types of its keys.
@Suite struct SourceKindTests {
    private static let place = ConfigPlace(line: 1, column: 1)

    private func issues(
        topics: [String] = ["orders"], brokers: String = "b:9092", group: String = "g",
        properties: [(String, String)] = []
    ) -> [String] {
        var options = Options(at: SourceKindTests.place)
        options.set("brokers", .string(brokers), at: SourceKindTests.place)
        options.set("topics", .strings(topics), at: SourceKindTests.place)
        options.set("group", .string(group), at: SourceKindTests.place)
        let pairs = properties.map { Options.Pair($0.0, $0.1, at: SourceKindTests.place) }
        options.set("properties", .map(pairs), at: SourceKindTests.place)
        return KafkaSourceKind().check(options).map(\.message)
    }

    @Test func aPlainSourceIsFine() {
        #expect(issues() == [])
        #expect(issues(topics: ["a", "b.c-d_E"], group: "any thing, ü") == [])
        #expect(issues(properties: [("session.timeout.ms", "300000")]) == [])
    }

    /// The broker would refuse them for ever, and `^` begins a pattern that reads whatever matches.
    @Test(arguments: ["", ".", "..", "^orders.*", "a b", "ü", "a,b", String(repeating: "t", count: 250)])
    func aTopicHasAName(_ topic: String) {
        #expect(issues(topics: ["orders", topic]).count == 1)
        #expect(issues(topics: [topic]).first?.contains("is no topic's name") == true)
    }

    @Test func aTopicIsReadOnce() {
        #expect(issues(topics: ["a", "b", "a"]) == ["source.kafka.topics: \"a\" is there twice"])
    }

    /// To a C library a text ends at its zero byte, so that another group would be joined.
    @Test(arguments: ["a\0b", "a\n", "\u{7f}"])
    func aGroupHasNoControlCharacters(_ group: String) {
        #expect(issues(group: group).count == 1)
    }

    @Test(arguments: ["SASL_SSL://h:1", "h:1;k:2", "a b:1", "::1:9092", "h:1, k:2;l:3", "h/x:1"])
    func brokersAreHostsAndPorts(_ brokers: String) {
        #expect(issues(brokers: brokers).count == 1)
    }

    @Test(arguments: ["[::1]:9092", "h:1, k:2", "10.0.0.1:9092", "kafka_1.example:9092", "[fe80::1%eth0]:9092"])
    func theseAreBrokers(_ brokers: String) {
        #expect(issues(brokers: brokers) == [])
    }

    /// What single values do not show: the worker would try to make its client for ever.
    @Test func whatMakesNoClientIsRefused() {
        let found = issues(properties: [("socket.keepalive.enable", "false"), ("reconnect.backoff.ms", "5000")])
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("properties.reconnect.backoff.ms: librdkafka makes no client with it: ") == true)
        // Files may lie elsewhere than where it is checked.
        #expect(issues(properties: [("security.protocol", "ssl"), ("ssl.ca.location", "/none")]) == [])
    }

    /// librdkafka takes each by itself, and refuses to make a consumer with both.
    @Test(arguments: [
        [("session.timeout.ms", "400000")], [("max.poll.interval.ms", "9000")],
        [("session.timeout.ms", "2000"), ("max.poll.interval.ms", "1000")],
    ])
    func sessionsEndBeforeThePollInterval(_ properties: [(String, String)]) {
        #expect(issues(properties: properties).count == 1)
    }
}
