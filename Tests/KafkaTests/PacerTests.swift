import Testing

@testable import Kafka

/// Who asks whom, when, and that it ends.
@Suite struct PacerTests {
    private let broker: EmbeddedBroker
    private let consumer: KafkaConsumer
    private let answers = Answers()
    private let partitions = (0..<4).map { TopicPartition("in", $0) }

    /// What a pacer has heard; its threads write, the test reads.
    private final class Answers: @unchecked Sendable {
        private let monitor = Monitor()
        private var marks: [Int32: Watermarks] = [:]
        private var total = 0

        func note(_ partition: Int32, _ found: Watermarks) {
            monitor.withLock {
                marks[partition] = found
                total += 1
            }
        }

        func forget() { monitor.withLock { marks = [:] } }

        var latest: [Int32: Watermarks] { monitor.withLock { marks } }
        var count: Int { monitor.withLock { total } }
    }

    init() throws {
        broker = try EmbeddedBroker(brokers: 2)
        try broker.createTopic("in", partitions: 4)
        for partition: Int32 in 0..<4 { try broker.setLeader(partition % 2 + 1, topic: "in", partition: partition) }
        consumer = try KafkaConsumer(TestReader.configuration(broker.bootstrap))
        let producer = try TestProducer(broker.bootstrap, "in")
        for partition: Int32 in 0..<4 {
            for _ in 0...partition { producer.send("x", to: partition) }
        }
        #expect(producer.finish().count == 10)
    }

    private func pacer(linger: Duration = .seconds(60)) throws -> Pacer {
        let answers = answers
        return try Pacer(consumer.client, interval: .milliseconds(2), linger: linger) { _, partition, marks in
            answers.note(partition, marks)
        }
    }

    @Test func everyPartitionIsAskedInTurnAndTheAnswerIsItsLag() throws {
        let pacer = try pacer()
        pacer.setPartitions(partitions)
        pacer.noteActivity()
        try wait(until: "all four answers") { answers.latest.count == 4 }
        #expect(answers.latest.mapValues(\.high) == [0: 1, 1: 2, 2: 3, 3: 4])
        // One that looks for leaders, and one for each of the two.
        #expect(pacer.threadCount == 3)
        #expect(pacer.stop(within: .seconds(20)))
        #expect(consumer.close(timeout: .seconds(20)) == .closed)
    }

    @Test func withoutActivityItSleepsAndIsWoken() throws {
        let pacer = try pacer(linger: .milliseconds(50))
        pacer.setPartitions(partitions)
        try wait(until: "the first sleep") { pacer.asleep == 1 }
        #expect(answers.count == 0)
        for _ in 0..<3 {
            let before = answers.count
            pacer.noteActivity()
            try wait(until: "answers") { answers.count > before + 10 }
            try wait(until: "both that ask are asleep") { pacer.asleep == 2 }
            let after = answers.count
            // Asleep means without a deadline: whatever comes now would come from a wake-up that nobody gave.
            #expect(answers.count == after)
        }
        #expect(pacer.stop(within: .seconds(20)))
    }

    @Test func whatIsTakenAwayIsNotAsked() throws {
        let pacer = try pacer()
        pacer.setPartitions(partitions)
        pacer.noteActivity()
        try wait(until: "all four answers") { answers.latest.count == 4 }
        pacer.setPartitions([])
        try wait(until: "nobody asks") { pacer.threadCount == 1 }
        pacer.setPartitions([partitions[2]])
        pacer.noteActivity()
        let before = answers.count
        try wait(until: "answers again") { answers.count > before + 5 }
        #expect(pacer.threadCount == 2)
        #expect(pacer.stop(within: .seconds(20)))
    }

    @Test func aMovedLeaderIsFollowed() throws {
        let pacer = try pacer()
        pacer.setPartitions(partitions)
        pacer.noteActivity()
        try wait(until: "all four answers") { answers.latest.count == 4 }
        for partition: Int32 in 0..<4 { try broker.setLeader(2, topic: "in", partition: partition) }
        try broker.setDown(1)
        answers.forget()
        try wait(until: "answers of the other broker about all four") { answers.latest.count == 4 }
        #expect(pacer.stop(within: .seconds(20)))
    }

    @Test func oneThatHangsHoldsUpNeitherTheOthersNorTheEnd() throws {
        let pacer = try pacer()
        pacer.setPartitions(partitions)
        pacer.noteActivity()
        try wait(until: "all four answers") { answers.latest.count == 4 }
        try broker.setRoundTrip(.seconds(8), broker: 1)
        let before = answers.count
        try wait(until: "a hundred answers of the other broker") { answers.count > before + 100 }
        // A question is not interrupted: the call says so, and the client waits for its end, which is near.
        #expect(!pacer.stop(within: .milliseconds(50)))
        #expect(consumer.close(timeout: .milliseconds(50)) == .timedOut)
        try broker.setRoundTrip(.zero, broker: 1)
        #expect(pacer.stop(within: .seconds(60)))
        #expect(consumer.close(timeout: .seconds(60)) == .closed)
    }
}
