import Kafka
import Millrace
import Platform
import Testing

@testable import KafkaConnector

/// The lane's end of the Kafka sink, driven as the machine drives it, on a broker that fails as told.
@Suite struct SinkLaneTests {
    private static let refused = KafkaErrorCode.invalidRecord

    private func inputs(_ numbers: Range<Int>, padding: Int = 0) -> [SinkInput] {
        numbers.map { SinkInput(value: "\($0)" + String(repeating: " ", count: padding), key: "k\($0)") }
    }

    private func numbers(_ broker: EmbeddedBroker, _ topic: String = "out") throws -> [Int] {
        try SinkTopicReader.all(broker.bootstrap, topic, partitions: 1)[0].map {
            Int(($0.value ?? "").prefix { $0 != " " }) ?? -1
        }
    }

    private func broker() throws -> EmbeddedBroker {
        let broker = try EmbeddedBroker()
        try broker.createTopic("out", partitions: 1)
        return broker
    }

    /// A bench whose producer is there.
    private func bench(
        _ broker: EmbeddedBroker, _ extra: [String: Options.Value] = [:], memory: Int = 64 << 20
    ) throws -> SinkBench {
        let bench = try SinkBench(broker.bootstrap, "out", extra, memory: memory)
        try bench.submitAll(inputs(0..<1), slot: 99, number: 1)
        #expect(try bench.waitForEnd(1, slot: 99).isEmpty)
        return bench
    }

    // MARK: - Full

    @Test func whatHasNoRoomComesWhenReportsHaveFreedIt() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker, memory: 1 << 20)
        defer { bench.close() }
        try broker.setRoundTrip(.milliseconds(100))
        let all = inputs(1..<1500, padding: 1_000)
        let taken = bench.lane.submit(.of(all, number: 1, first: 1))
        #expect(taken > 100)
        #expect(taken < 1_000)
        #expect(bench.lane.submit(.of(all, number: 2, first: 1, indices: Array(taken..<all.count))) == 0)
        try bench.waitForRoom()
        let rest = try bench.submitAll(Array(all[taken...]), number: 3, first: Int64(taken + 1))
        for number in [1] + rest { #expect(try bench.waitForEnd(number).isEmpty) }
        #expect(try numbers(broker) == Array(0..<1500))
    }

    // MARK: - Refusals

    @Test func aRefusedRequestIsUntriedAndNothingNewOvertakesIt() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        broker.failNext(.produce, with: [SinkLaneTests.refused])
        #expect(bench.lane.submit(.of(inputs(1..<11), number: 1, first: 1)) == 10)
        let failures = try bench.waitForEnd(1)
        #expect(failures.count == 10)
        #expect(failures.allSatisfy { $0.failure.kind == .untried })
        let lane = try #require(bench.lane as? KafkaSinkLane)
        try bench.wait(for: "the new producer") { _ in lane.current[.main]?.isUsable == true ? true : nil }
        // New, so it may have been submitted before that was heard.
        #expect(bench.lane.submit(.of(inputs(11..<21), number: 2, first: 11)) == 0)
        try bench.waitForRoom()
        try bench.submitAll(inputs(1..<11), number: 3, first: 1)
        #expect(try bench.waitForEnd(3).isEmpty)
        try bench.submitAll(inputs(11..<21), number: 4, first: 11)
        #expect(try bench.waitForEnd(4).isEmpty)
        #expect(try numbers(broker) == Array(0..<21))
    }

    @Test func aClockThatIsWrongIsWaitedFor() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        broker.failNext(.produce, with: [.invalidTimestamp])
        #expect(bench.lane.submit(.of(inputs(1..<11), number: 1, first: 1)) == 10)
        let failures = try bench.waitForEnd(1)
        #expect(failures.count == 10)
        #expect(failures.allSatisfy { $0.failure.kind == .transient })
        #expect(failures.allSatisfy { $0.failure.message.hasPrefix("waits for the clock") })
        try bench.submitAll(inputs(1..<11), number: 2, heard: 1, first: 1)
        #expect(try bench.waitForEnd(2).isEmpty)
        #expect(try numbers(broker) == Array(0..<11))
    }

    /// Has the shard of `bench` go carefully over the records `1..<11`.
    private func refuse(_ broker: EmbeddedBroker, _ bench: SinkBench) throws {
        broker.failNext(.produce, with: [SinkLaneTests.refused])
        #expect(bench.lane.submit(.of(inputs(1..<11), number: 1, first: 1)) == 10)
        #expect(try bench.waitForEnd(1).count == 10)
        #expect(
            bench.lane.submit(.of(inputs(1..<11), number: 2, first: 1)) == 0, "the careful producer is not there yet")
        try bench.waitForRoom()
    }

    @Test func carefullyTheRefusedRecordIsNamed() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        try refuse(broker, bench)
        broker.failNext(.produce, with: [.none, .none, .none, SinkLaneTests.refused])
        #expect(bench.lane.submit(.of(inputs(1..<11), number: 2, first: 1)) == 10)
        let failures = try bench.waitForEnd(2)
        #expect(failures.kinds[3] == .rejected)
        #expect(failures.map(\.index) == Array(3..<10))
        #expect(failures.dropFirst().allSatisfy { $0.failure.kind == .untried })
        #expect(try numbers(broker) == Array(0..<4), "nothing behind it was sent")

        // The machine has made it a dead letter. What was submitted before that was heard does not go.
        #expect(bench.lane.submit(.of(inputs(11..<12), number: 3, first: 11)) == 1)
        #expect(try bench.waitForEnd(3).kinds == [0: .untried])
        #expect(bench.lane.submit(.of(inputs(5..<11), number: 4, heard: 1, first: 5)) == 6)
        #expect(try bench.waitForEnd(4).isEmpty)
        try bench.submitAll(inputs(11..<12), number: 5, heard: 1, first: 11)
        #expect(try bench.waitForEnd(5).isEmpty)
        #expect(try numbers(broker) == Array(0..<4) + Array(5..<12))
    }

    @Test func otherShardsGoOnByANewProducer() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        broker.failNext(.produce, with: [SinkLaneTests.refused])
        // In one request, as nothing is sent before `linger.ms`; and one that is queued behind.
        #expect(bench.lane.submit(.of(inputs(1..<11), number: 1, first: 1)) == 10)
        let other = ShardID(topic: "in", partition: 5)
        #expect(bench.lane.submit(.of(inputs(100..<110), shard: other, slot: 5, number: 1)) == 10)
        #expect(try bench.waitForEnd(1).allSatisfy { $0.failure.kind == .untried })
        #expect(try bench.waitForEnd(1, slot: 5).allSatisfy { $0.failure.kind == .untried })
        try bench.submitAll(inputs(100..<110), shard: other, slot: 5, number: 2)
        try bench.submitAll(inputs(110..<120), shard: other, slot: 5, number: 20, first: 10)
        #expect(try bench.waitForEnd(2, slot: 5).isEmpty)
        #expect(try bench.waitForEnd(20, slot: 5).isEmpty)
        #expect(try numbers(broker) == [0] + Array(100..<120))
    }

    @Test func aNewProducerOvertakesNothingThatTheOldOneHas() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        let lane = try #require(bench.lane as? KafkaSinkLane)
        let old = try #require(lane.current[.main])
        try broker.delayNext(.produce, by: .milliseconds(1_500))
        #expect(lane.submit(.of(inputs(1..<11), number: 1, first: 1)) == 10)
        lane.want(.main)
        try bench.wait(for: "a new producer") { _ in lane.current[.main] !== old ? true : nil }
        #expect(old.outstanding == 10, "or the test shows nothing")
        #expect(lane.submit(.of(inputs(11..<21), number: 2, first: 11)) == 0)
        try bench.waitForRoom()
        #expect(try bench.waitForEnd(1).isEmpty)
        #expect(lane.submit(.of(inputs(11..<21), number: 3, first: 11)) == 10)
        #expect(try bench.waitForEnd(3).isEmpty)
        #expect(try numbers(broker) == Array(0..<21))
        #expect(!lane.outlets.contains { $0 === old }, "it has gone")
    }

    @Test func whatComesBackToABrokenProducerIsTakenBack() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("two", partitions: 2)
        let bench = try SinkBench(broker.bootstrap, "two", ["partition": .string("source")])
        defer { bench.close() }
        try bench.submitAll(inputs(0..<1), slot: 99, number: 1)
        #expect(try bench.waitForEnd(1, slot: 99).isEmpty)
        let lane = try #require(bench.lane as? KafkaSinkLane)
        let outlet = try #require(lane.current[.main])
        // Two partitions, so two requests on the wire: one is refused while the other is not answered for a long time.
        try broker.delayNext(.produce, by: .milliseconds(500), error: SinkLaneTests.refused)
        try broker.delayNext(.produce, by: .seconds(10))
        let other = ShardID(topic: "in", partition: 1)
        #expect(lane.submit(.of(inputs(1..<2), number: 1, first: 1)) == 1)
        #expect(lane.submit(.of(inputs(100..<101), shard: other, slot: 5, number: 1)) == 1)
        try bench.wait(for: "the refusal") { _ in outlet.broken != nil && outlet.outstanding == 1 ? true : nil }
        // Nobody is told anything before all is known, and nothing more is taken from who has failed.
        let (refused, slot) = try #require(
            lane.shards[1]?.failing == 1 ? (ShardID(topic: "in", partition: 0), 1) : (other, 5))
        #expect(lane.submit(.of(inputs(7..<8), shard: refused, slot: slot, number: 2, first: 7)) == 0)
        // The connection ends, and the other request's record goes back to a queue that nobody will send from any more.
        try broker.setDown()
        let order = try bench.wait(for: "all answers") { reports -> [Bool]? in
            guard reports.count >= 3 else { return nil }
            return reports.filter { $0.slot == slot }.map { if case .room = $0.outcome { true } else { false } }
        }
        #expect(order == [false, true], "room comes behind the answer")
        #expect(try bench.waitForEnd(1).kinds == [0: .untried])
        #expect(try bench.waitForEnd(1, slot: 5).kinds == [0: .untried])
        try broker.setUp()
        try bench.submitAll(inputs(1..<2), number: 2, first: 1)
        #expect(try bench.waitForEnd(2).isEmpty)
    }

    // MARK: - The endpoint

    @Test func aMissingPermissionIsTransientAndPasses() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        broker.failNext(.produce, with: [.topicAuthorization])
        try bench.submitAll(inputs(1..<11), number: 1, first: 1)
        let failures = try bench.waitForEnd(1)
        #expect(failures.count == 10)
        #expect(failures.allSatisfy { $0.failure.kind == .transient })
        #expect(failures[0].failure.message.contains("TOPIC_AUTHORIZATION_FAILED"))
        try bench.submitAll(inputs(1..<11), number: 2, heard: 1, first: 1)
        #expect(try bench.waitForEnd(2).isEmpty)
        #expect(try numbers(broker) == Array(0..<11))
    }

    @Test func aProducerThatMayNotBeIsTransientAndComesBackLater() throws {
        let broker = try broker()
        defer { broker.stop() }
        broker.failNext(.initProducerID, with: [.clusterAuthorization])
        let bench = try SinkBench(broker.bootstrap, "out")
        defer { bench.close() }
        // Either it was given to the broken producer, or it waits for the next one.
        var number = 1
        var failed: [IndexedFailure] = []
        repeat {
            try bench.submitAll(inputs(0..<5), number: number, heard: number - 1)
            failed = try bench.waitForEnd(number)
            #expect(failed.allSatisfy { $0.failure.kind == .transient })
            number += 1
        } while !failed.isEmpty
        #expect(try numbers(broker) == Array(0..<5))
    }

    @Test func aProducerThatLostCountIsReplaced() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        broker.failNext(.produce, with: [.outOfOrderSequence])
        try bench.submitAll(inputs(1..<11), number: 1, first: 1)
        let failures = try bench.waitForEnd(1)
        #expect(failures.count == 10)
        #expect(failures.allSatisfy { $0.failure.kind == .untried })
        #expect(bench.notes.lines.contains { $0.hasPrefix("possible-duplicates") && $0.hasSuffix("records=10") })
        try bench.submitAll(inputs(1..<11), number: 2, first: 1)
        #expect(try bench.waitForEnd(2).isEmpty)
        #expect(try numbers(broker) == Array(0..<11))
    }

    @Test func aTopicThatIsNotThereYetIsNamedAndWaitedFor() throws {
        let broker = try broker()
        defer { broker.stop() }
        broker.setTopicError(.unknownTopicOrPartition, topic: "out")
        let bench = try SinkBench(broker.bootstrap, "out")
        defer { bench.close() }
        #expect(bench.lane.submit(.of(inputs(0..<5), number: 1)) == 0)
        try bench.wait(for: "a note", within: .seconds(20)) { _ in
            bench.notes.lines.contains { $0.contains("topic out does not exist: create it") } ? true : nil
        }
        broker.setTopicError(.none, topic: "out")
        try bench.waitForRoom()
        try bench.submitAll(inputs(0..<5), number: 2)
        #expect(try bench.waitForEnd(2).isEmpty)
    }

    @Test func aTopicThatGoesAwayIsTransient() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        broker.setTopicError(.unknownTopicOrPartition, topic: "out")
        // Tried again until the producer has asked about the topic.
        broker.failNext(.produce, with: Array(repeating: .unknownTopicOrPartition, count: 100))
        try bench.submitAll(inputs(1..<11), number: 1, first: 1)
        let failures = try bench.waitForEnd(1)
        #expect(failures.count == 10)
        #expect(failures.allSatisfy { $0.failure.kind == .transient })
        // The producer knows now: it takes nothing, and nothing of it stays behind.
        try bench.submitAll(inputs(1..<11), number: 2, heard: 1, first: 1)
        #expect(try bench.waitForEnd(2).allSatisfy { $0.failure.kind == .transient })
        let lane = try #require(bench.lane as? KafkaSinkLane)
        #expect(lane.current[.main]?.connection.producer.outstanding == 0)
        broker.setTopicError(.none, topic: "out")
        broker.clearFailures(.produce)
        var number = 3
        while true {
            try bench.submitAll(inputs(1..<11), number: number, heard: number - 1, first: 1)
            if try bench.waitForEnd(number).isEmpty { break }
            number += 1
        }
        #expect(try numbers(broker) == Array(0..<11))
    }

    @Test func aBrokerThatIsAwayFailsNothing() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        var sent = 1
        var ended: [Int] = []
        func send() throws {
            let next = sent + 20
            ended += try bench.submitAll(inputs(sent..<next), number: sent, first: Int64(sent))
            sent = next
        }
        for _ in 0..<5 { try send() }
        try broker.setDown()
        for _ in 0..<5 { try send() }
        // It must have met the outage, with records on the wire or queued.
        try bench.wait(for: "the outage") { _ in
            bench.notes.lines.contains { $0.contains("librdkafka") || $0.contains("kafka-error") } ? true : nil
        }
        for _ in 0..<5 { try send() }
        try broker.setUp()
        for number in ended { #expect(try bench.waitForEnd(number).isEmpty) }
        #expect(try numbers(broker) == Array(0..<sent))
    }

    // MARK: - The end

    @Test func whatIsAbandonedDoesNotLandAnyMore() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        defer { bench.close() }
        let shard = ShardID(topic: "in", partition: 0)
        try broker.setDown()
        #expect(bench.lane.submit(.of(inputs(1..<11), number: 1, first: 1)) == 10)
        bench.lane.abandon(shard: shard, slot: 1, epoch: 1)
        bench.lane.forget(shard: shard, slot: 1, epoch: 1)
        #expect(try bench.waitForEnd(1).allSatisfy { $0.failure.kind == .untried })
        try broker.setUp()
        // The same shard comes back under another epoch; answers of the old one change nothing for it.
        try bench.submitAll(inputs(11..<21), slot: 1, epoch: 2, number: 2, first: 11)
        #expect(try bench.waitForEnd(2, epoch: 2).isEmpty)
        #expect(try numbers(broker) == [0] + Array(11..<21))
    }

    @Test func aLaneEndsWithRecordsOnTheirWay() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker)
        try broker.setDown()
        #expect(bench.lane.submit(.of(inputs(1..<101, padding: 70_000), number: 1, first: 1)) == 100)
        let before = MonotonicClock.milliseconds()
        bench.lane.close()
        #expect(MonotonicClock.milliseconds() - before < 2_000, "it is a lane's call")
        bench.sink.close()
    }

    @Test func theSourcesTimeIsKeptWhereThatIsWanted() throws {
        let broker = try broker()
        defer { broker.stop() }
        let bench = try bench(broker, ["timestamp": .string("source"), "headers": .string("none")])
        defer { bench.close() }
        var input = SinkInput(value: "1", key: "k", headers: [.init("h", [1])])
        input.timestamp = 1_234_567
        try bench.submitAll([input], number: 1, first: 1)
        #expect(try bench.waitForEnd(1).isEmpty)
        let found = try SinkTopicReader.all(broker.bootstrap, "out", partitions: 1)[0]
        #expect(found.last == SinkTopicReader.Found(value: "1", key: "k", headers: [], timestamp: 1_234_567))
    }
}
