import Kafka
import Millrace
import Platform
import TestBroker
import Testing

@testable import KafkaConnector

/// A dead letter writer, and what it answers.
final class DeadLetterBench: Sendable {
    let writer: KafkaDeadLetterWriter
    let notes = SinkNotes()
    private let answers = Locked<[Int: DeadLetterOutcome]>([:])
    private let changed = Condition()

    init(_ bootstrap: String, _ topic: String, properties: [Options.Pair] = []) throws {
        let place = ConfigPlace(line: 1, column: 1)
        var options = Options(at: place)
        options.set("topic", .string(topic), at: place)
        options.set("properties", .map(properties), at: place)
        var source = Options(at: place)
        source.set("brokers", .string(bootstrap), at: place)
        let context = SourceContext(
            pipeline: "orders", memory: 1 << 20, batchRecords: 1_000, revoke: 5_000, notes: notes)
        writer = try KafkaDeadLetterWriter(options, source: source, context)
    }

    /// Letter `number` of shard `partition`.
    static func letter(_ number: Int, partition: Int32 = 0, size: Int = 0) -> DeadLetter {
        DeadLetter(
            origin: ShardID(topic: "in", partition: partition), offset: Int64(number), timestamp: 1_600_000_000_000,
            group: "g", pipeline: "orders", stage: "sink:out", reason: .poison, error: "bad \(number)", attempts: 2,
            bisection: "RL", failedAt: "2026-01-02T03:04:05Z", form: .full, key: Array("k\(number)".utf8),
            payload: Array("v\(number)".utf8) + Array(repeating: 120, count: size),
            headers: [.init("own", Array("o\(number)".utf8)), .init("none", nil)])
    }

    func write(_ number: Int, _ letter: DeadLetter) {
        writer.write(letter) { outcome in
            self.answers.withLock { answers in
                #expect(answers[number] == nil, "answered once")
                answers[number] = outcome
            }
            self.changed.broadcast()
        }
    }

    /// Waits for the answer to a letter.
    func answer(_ number: Int) throws -> DeadLetterOutcome {
        let limit = MonotonicClock.now() + 30_000_000_000
        guard let found = answers.wait(on: changed, until: limit, { $0[number] }) else {
            throw SinkNotInTime(description: "no answer to letter \(number); notes: \(notes.lines)")
        }
        return found
    }

    /// Waits until the client has noticed that its broker is away.
    func waitForOutage() throws {
        let limit = MonotonicClock.now() + 30_000_000_000
        var poller = Poller([])
        while !notes.lines.contains(where: { $0.contains("librdkafka") || $0.contains("kafka-error") }) {
            guard MonotonicClock.now() < limit else { throw SinkNotInTime(description: "no outage: \(notes.lines)") }
            try poller.wait(timeout: 5_000_000)
        }
    }

    var answered: Int { answers.withLock { $0.count } }

    func close() { writer.close(deadline: MonotonicClock.milliseconds() + 5_000) }
}

/// The writer of dead letters.
@Suite struct DeadLetterWriterTests {
    @Test func lettersLandInOrderAsTheyWere() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("dlq", partitions: 3)
        let bench = try DeadLetterBench(broker.bootstrap, "dlq")
        defer { bench.close() }
        for number in 0..<100 { bench.write(number, DeadLetterBench.letter(number, partition: Int32(number % 5))) }
        for number in 0..<100 {
            let partition = number % 5 % 3
            guard case .written(let place) = try bench.answer(number) else {
                Issue.record("letter \(number) was not written")
                continue
            }
            #expect(place.hasPrefix("dlq:\(partition):"))
        }
        let found = try SinkTopicReader.all(broker.bootstrap, "dlq", partitions: 3)
        for partition in 0..<3 {
            let numbers = (0..<100).filter { $0 % 5 % 3 == partition }
            #expect(found[partition].map(\.value) == numbers.map { "v\($0)" })
            #expect(found[partition].map(\.key) == numbers.map { "k\($0)" })
            for (letter, number) in zip(found[partition], numbers) {
                let wanted = DeadLetterBench.letter(number, partition: Int32(number % 5)).encodedHeaders().map {
                    "\($0.name)=\($0.value.map { String(decoding: $0, as: UTF8.self) } ?? "<null>")"
                }
                #expect(letter.headers == wanted)
                #expect(letter.timestamp > 1_700_000_000_000, "the time of writing, not the record's")
            }
        }
    }

    @Test func tombstonesAndReferencesHaveNoPayload() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("dlq", partitions: 1)
        let bench = try DeadLetterBench(broker.bootstrap, "dlq")
        defer { bench.close() }
        var letter = DeadLetterBench.letter(0)
        letter.payload = nil
        letter.key = nil
        letter.form = .reference
        bench.write(0, letter)
        _ = try bench.answer(0)
        var empty = DeadLetterBench.letter(1)
        empty.payload = []
        empty.key = []
        bench.write(1, empty)
        _ = try bench.answer(1)
        let found = try SinkTopicReader.all(broker.bootstrap, "dlq", partitions: 1)[0]
        #expect(found.map(\.value) == [nil, ""])
        #expect(found.map(\.key) == [nil, ""])
        #expect(found[0].headers.contains("millrace.payload=omitted"))
    }

    @Test func aBrokerThatIsAwayIsWaitedFor() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("dlq", partitions: 1)
        let bench = try DeadLetterBench(broker.bootstrap, "dlq")
        defer { bench.close() }
        bench.write(0, DeadLetterBench.letter(0))
        _ = try bench.answer(0)
        try broker.setDown()
        for number in 1..<50 { bench.write(number, DeadLetterBench.letter(number)) }
        try bench.waitForOutage()
        #expect(bench.answered == 1)
        try broker.setUp()
        for number in 1..<50 {
            guard case .written = try bench.answer(number) else {
                Issue.record("letter \(number) was not written")
                continue
            }
        }
        let found = try SinkTopicReader.all(broker.bootstrap, "dlq", partitions: 1)[0]
        #expect(found.map(\.value) == (0..<50).map { "v\($0)" })
    }

    @Test func aMissingTopicIsNamed() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("dlq", partitions: 1)
        broker.setTopicError(.unknownTopicOrPartition, topic: "dlq")
        let bench = try DeadLetterBench(broker.bootstrap, "dlq")
        defer { bench.close() }
        bench.write(0, DeadLetterBench.letter(0))
        guard case .failed(let text) = try bench.answer(0) else {
            Issue.record("it was written")
            return
        }
        #expect(text.contains("dlq does not exist: create it"))
        // Once it is there, the next attempt goes through.
        broker.setTopicError(.none, topic: "dlq")
        var number = 1
        while true {
            bench.write(number, DeadLetterBench.letter(number))
            if case .written = try bench.answer(number) { break }
            number += 1
        }
    }

    @Test func theEndComesInTimeAndEveryLetterIsAnswered() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("dlq", partitions: 1)
        let bench = try DeadLetterBench(broker.bootstrap, "dlq")
        bench.write(0, DeadLetterBench.letter(0))
        _ = try bench.answer(0)
        try broker.setDown()
        for number in 1..<10 { bench.write(number, DeadLetterBench.letter(number)) }
        bench.writer.close(deadline: MonotonicClock.milliseconds() + 300)
        #expect(bench.answered == 10)
        bench.write(10, DeadLetterBench.letter(10))
        #expect(try bench.answer(10) == .failed("the worker is stopping"))
    }

    @Test func lettersBeyondTheLimitComeAgain() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.setDown()
        let bench = try DeadLetterBench(broker.bootstrap, "dlq")
        defer { bench.writer.close(deadline: MonotonicClock.milliseconds()) }
        for number in 0..<3 { bench.write(number, DeadLetterBench.letter(number, size: 30 << 20)) }
        guard case .failed(let text) = try bench.answer(2) else {
            Issue.record("taken")
            return
        }
        #expect(text.contains("wait already"))
        #expect(bench.answered == 1)
    }
}

/// The same on a broker that checks sizes and has permissions of its own.
@Suite(.realBroker) struct DeadLetterRealBrokerTests {
    @Test func aLetterThatIsTooLargeTakesNoOtherWithIt() throws {
        let topic = try RealBroker.createTopic("dlq", settings: ["max.message.bytes": "2000"])
        let bench = try DeadLetterBench(RealBroker.bootstrap(), topic)
        defer { bench.close() }
        for number in 0..<40 {
            bench.write(number, DeadLetterBench.letter(number, size: number % 4 == 1 ? 5000 : 0))
        }
        for number in 0..<40 {
            switch try bench.answer(number) {
            case .written: #expect(number % 4 != 1)
            case .tooLarge(let text):
                #expect(number % 4 == 1)
                #expect(text.contains(topic))
            case .failed(let text): Issue.record("letter \(number): \(text)")
            }
        }
        let found = try SinkTopicReader.all(RealBroker.bootstrap(), topic, partitions: 1)[0]
        #expect(found.map(\.value) == (0..<40).filter { $0 % 4 != 1 }.map { "v\($0)" })
    }

    @Test func aTopicThatDoesNotExistIsNamed() throws {
        let topic = RealBroker.group("missing")
        let bench = try DeadLetterBench(RealBroker.bootstrap(), topic)
        defer { bench.close() }
        bench.write(0, DeadLetterBench.letter(0))
        guard case .failed(let text) = try bench.answer(0) else {
            Issue.record("it was written")
            return
        }
        #expect(text.contains("\(topic) does not exist: create it"))
    }

    @Test func aTopicWithoutRoomForKeylessRecordsIsNamed() throws {
        let topic = try RealBroker.createTopic("dlq", settings: ["cleanup.policy": "compact"])
        let bench = try DeadLetterBench(RealBroker.bootstrap(), topic)
        defer { bench.close() }
        var letter = DeadLetterBench.letter(0)
        letter.key = nil
        bench.write(0, letter)
        guard case .failed(let text) = try bench.answer(0) else {
            Issue.record("it was written")
            return
        }
        #expect(text.contains("compacted"))
    }
}
