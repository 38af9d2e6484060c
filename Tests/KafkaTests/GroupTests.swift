import Kafka
import TestBroker
import Testing

/// Who belongs to a group.
@Suite struct GroupTests {
    @Test(.realBroker) func membersAreNamedUntilTheyLeave() throws {
        let topic = try RealBroker.createTopic("group", partitions: 2)
        let group = RealBroker.group("members")
        let asking = try KafkaConsumer(TestReader.configuration(RealBroker.bootstrap(), [("group.id", "asking")]))
        defer { _ = asking.close(timeout: .seconds(10)) }
        func members() throws(KafkaError) -> [KafkaGroup.Member] {
            try KafkaAdmin(asking.client).describeGroup(group).members
        }
        #expect(try waitFor("an answer") { try? members() }.isEmpty)
        let member = try KafkaConsumer(
            TestReader.configuration(RealBroker.bootstrap(), [("group.id", group), ("client.id", "somebody")]))
        try member.subscribe([topic])
        _ = try waitFor("the shards") { () -> Bool? in
            guard case .assign(let partitions)? = member.poll(timeout: .milliseconds(20)) else { return nil }
            try? member.assign(partitions)
            return true
        }
        let found = try waitFor("the member") { try? members().first { !$0.partitions.isEmpty } }
        #expect(found.clientID == "somebody")
        #expect(found.host.contains("127.0.0.1"))
        #expect(found.instance == nil)
        #expect(Set(found.partitions.map(\.partition)) == [0, 1])
        #expect(member.close(timeout: .seconds(10)) == .closed)
        try wait(until: "it to have left") { (try? members().isEmpty) == true }
    }

    /// librdkafka itself would fail an assertion.
    @Test func theEmbeddedBrokerCannotTell() throws {
        let broker = try EmbeddedBroker()
        let asking = try KafkaConsumer(TestReader.configuration(broker.bootstrap, [("group.id", "asking")]))
        defer { _ = asking.close(timeout: .seconds(10)) }
        let error = #expect(throws: KafkaError.self) { try KafkaAdmin(asking.client).describeGroup("g") }
        #expect(error?.code == .unsupported)
    }
}
