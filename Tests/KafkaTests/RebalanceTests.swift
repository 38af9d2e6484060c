import Kafka
import TestBroker
import Testing

/// Groups of two, on a real broker because there it is quick.
@Suite(.realBroker) struct RebalanceTests {
    /// A member that answers every event at once.
    private final class Member {
        let consumer: KafkaConsumer
        var owned: Set<Int32> = []
        var assignments = 0
        var revocations = 0
        var lost = 0
        var fatal: KafkaError?

        init(_ topic: String, _ properties: [(key: String, value: String)]) throws {
            let preset = KafkaConfiguration.consumer(
                brokers: try RealBroker.bootstrap(), clientID: "test", group: "g", prefetchKiB: 1024,
                fetchBytes: 1_000_000)
            consumer = try KafkaConsumer(
                preset.merging(["session.timeout.ms": "6000", "heartbeat.interval.ms": "200"])
                    .merging(KafkaConfiguration(properties)))
            try consumer.subscribe([topic])
        }

        func serve() throws {
            while let event = consumer.poll(timeout: .milliseconds(5)) {
                switch event {
                case .assign(let given):
                    assignments += 1
                    owned = Set(given.map(\.partition))
                    try consumer.assign(given.map { TopicPartition($0.topic, $0.partition, offset: 0) })
                case .revoke(let taken, let lost):
                    revocations += 1
                    self.lost += lost ? 1 : 0
                    #expect(Set(taken.map(\.partition)) == owned)
                    owned = []
                    try consumer.unassign()
                case .error(let error, _) where error.isFatal: fatal = error
                default: break
                }
            }
        }
    }

    @Test func aSecondMemberTakesItsShareAndGivesItBack() throws {
        let topic = try RealBroker.createTopic("rebalance", partitions: 4)
        let group = [(key: "group.id", value: RealBroker.group("rebalance"))]
        let first = try Member(topic, group)
        try wait(until: "all partitions at the first") {
            try first.serve()
            return first.owned == [0, 1, 2, 3]
        }
        #expect(first.consumer.memberID != nil)
        #expect(Set(try first.consumer.assignment().map(\.partition)) == [0, 1, 2, 3])
        let second = try Member(topic, group)
        try wait(until: "two each") {
            try first.serve()
            try second.serve()
            return first.owned.count == 2 && second.owned.count == 2
        }
        #expect(first.owned.isDisjoint(with: second.owned))
        #expect(first.revocations == 1)
        #expect(first.lost == 0)

        // The second leaves, with an event that says what it gives back.
        var given: [TopicPartition] = []
        let result = second.consumer.close(timeout: .seconds(20)) { event in
            if case .revoke(let partitions, _) = event { given = partitions }
        }
        #expect(result == .closed)
        #expect(Set(given.map(\.partition)) == second.owned)
        try wait(until: "all partitions at the first again") {
            try first.serve()
            return first.owned == [0, 1, 2, 3]
        }
        #expect(first.consumer.close(timeout: .seconds(20)) == .closed)
    }

    @Test func aStaticMemberIsFencedByItsTwin() throws {
        let topic = try RealBroker.createTopic("fenced", partitions: 2)
        let identity = [
            (key: "group.id", value: RealBroker.group("fenced")), (key: "group.instance.id", value: "one"),
        ]
        let first = try Member(topic, identity)
        try wait(until: "an assignment") {
            try first.serve()
            return first.owned.count == 2
        }
        let second = try Member(topic, identity)
        try wait(until: "the first is fenced") {
            try second.serve()
            try first.serve()
            return first.fatal != nil && second.owned.count == 2
        }
        #expect(first.fatal?.code == .fencedInstance, "\(String(describing: first.fatal))")
        #expect(first.consumer.fatalError?.isFatal == true)
        #expect(first.consumer.close(timeout: .seconds(20)) == .closed)
        #expect(second.consumer.close(timeout: .seconds(20)) == .closed)
    }

    @Test func aMissingTopicIsAnError() throws {
        let member = try Member("no-such-topic", [(key: "group.id", value: RealBroker.group("missing"))])
        let place = try waitFor("the error") { () -> KafkaError? in
            guard case .error(let error, _)? = member.consumer.poll(timeout: .milliseconds(20)) else { return nil }
            return error.code == .unknownTopicOrPartition ? error : nil
        }
        #expect(place.message.contains("no-such-topic"))
        #expect(member.consumer.close(timeout: .seconds(20)) == .closed)
    }
}
