import Kafka
import Testing

/// What a producer takes, what it does not, and what its reports say.
@Suite struct ProducerTests {
    private let broker: EmbeddedBroker

    init() throws {
        broker = try EmbeddedBroker()
        try broker.createTopic("out", partitions: 2)
    }

    /// A batch of `count` records for partition 0, their payloads being their numbers, in memory that outlives it.
    private func numbers(_ count: Int, at bytes: UnsafeMutablePointer<UInt64>) -> ProduceBatch {
        var batch = ProduceBatch(capacity: count)
        for index in 0..<count {
            unsafe bytes[index] = UInt64(index)
            unsafe batch.append(
                payload: bytes + index, payloadCount: 8, key: nil, keyCount: 0, partition: 0, opaque: UInt(index))
        }
        return batch
    }

    @Test(arguments: [KafkaProducer.Ownership.copied, .borrowed])
    func aFullQueueTakesAPart(_ ownership: KafkaProducer.Ownership) throws {
        let sender = try TestProducer(
            broker.bootstrap, "out", [("queue.buffering.max.messages", "100"), ("enable.idempotence", "true")])
        let producer = sender.producer
        let bytes = UnsafeMutablePointer<UInt64>.allocate(capacity: 250)
        defer { unsafe bytes.deallocate() }
        let batch = unsafe numbers(250, at: bytes)
        // Nothing leaves, so nothing makes room.
        try broker.setDown()
        let first = producer.produce(batch, to: sender.topic, ownership)
        #expect(first == ProduceResult(taken: 100, firstRefused: 100, error: .queueFull))
        #expect(batch.error(at: 99) == .none)
        #expect(batch.error(at: 100) == .queueFull)
        #expect(batch.error(at: 249) == .queueFull)
        #expect(producer.outstanding >= 100)

        try broker.setUp()
        var next = 100
        try wait(until: "everything is taken and reported") {
            producer.poll(&sender.reports, &sender.events, timeout: .milliseconds(5))
            if next < 250 { next += producer.produce(batch, from: next, to: sender.topic, ownership).taken }
            return sender.reports.count == 250
        }
        #expect(sender.reports.allSatisfy { $0.error == .none && $0.mayHaveLanded && $0.partition == 0 })
        #expect(sender.reports.map(\.opaque) == Array(0..<250))
        #expect(sender.reports.map(\.offset) == Array(0..<250))

        let reader = try TestReader(broker.bootstrap, "out", partitions: 1)
        defer { reader.close() }
        let landed = MessageBatch(capacity: 250)
        try wait(until: "250 records") {
            _ = reader.queues[0].read(into: landed, max: 250)
            return landed.count == 250
        }
        for index in 0..<250 {
            let message = landed[index]
            #expect(unsafe message.payloadStart?.loadUnaligned(as: UInt64.self) == UInt64(index))
        }
        landed.removeAll()
    }

    @Test func aRecordThatIsTooLargeIsRefusedAlone() throws {
        let sender = try TestProducer(broker.bootstrap, "out", [("message.max.bytes", "1000")])
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 4000)
        defer { unsafe bytes.deallocate() }
        unsafe bytes.initialize(repeating: 1, count: 4000)
        var batch = ProduceBatch(capacity: 3)
        for (index, size) in [10, 4000, 10].enumerated() {
            unsafe batch.append(
                payload: bytes, payloadCount: size, key: nil, keyCount: 0, partition: 1, opaque: UInt(index))
        }
        let result = sender.producer.produce(batch, to: sender.topic, .copied)
        #expect(result == ProduceResult(taken: 2, firstRefused: 1, error: .messageTooLarge))
        #expect((0..<3).map { batch.error(at: $0) } == [.none, .messageTooLarge, .none])
        #expect(batch.opaque(at: 1) == 1)
        #expect(sender.finish().map(\.opaque) == [0, 2])
    }

    /// Where this went wrong, a header list was freed twice: a thousand times would not pass.
    @Test func anUnknownPartitionIsAnAnswer() throws {
        let sender = try TestProducer(broker.bootstrap, "out")
        for _ in 0..<1000 {
            let code = sender.send("x", key: "k", to: 99, headers: [("a", "1"), ("b", nil)])
            #expect(code == .unknownPartition)
        }
        var batch = ProduceBatch(capacity: 2)
        for partition: Int32 in [99, 0] {
            unsafe batch.append(
                payload: nil, payloadCount: 0, key: nil, keyCount: 0, partition: partition, opaque: UInt(partition))
        }
        let result = sender.producer.produce(batch, to: sender.topic, .copied)
        #expect(result == ProduceResult(taken: 1, firstRefused: 0, error: .unknownPartition))
        #expect(sender.finish().map(\.opaque) == [0])
    }

    @Test func partitionsAreCountedAndAMissingTopicSaysSo() throws {
        let sender = try TestProducer(broker.bootstrap, "out")
        #expect(sender.topic.partitionCount == 2)
        broker.setTopicError(.topicAuthorization, topic: "secret")
        let secret = try sender.producer.topic("secret")
        let failure = #expect(throws: KafkaError.self) { try secret.refreshPartitionCount(timeout: .seconds(10)) }
        #expect(failure?.code == .topicAuthorization)
        #expect(secret.partitionCount == 0)
    }

    @Test func aRefusalIsAReport() throws {
        let sender = try TestProducer(broker.bootstrap, "out")
        broker.failNext(.produce, with: [.invalidRecord])
        sender.send("bad", to: 0)
        let bad = sender.finish()
        #expect(bad.map(\.error) == [.invalidRecord])
        #expect(bad.map(\.mayHaveLanded) == [false])
        sender.send("good", to: 0)
        #expect(sender.finish().map(\.error) == [.invalidRecord, .none])
        #expect(sender.producer.fatalError == nil)
    }

    @Test func whatWasNotSentCanBeTakenBack() throws {
        let sender = try TestProducer(broker.bootstrap, "out", [("linger.ms", "60000")])
        for _ in 0..<10 { sender.send("x", to: 0) }
        sender.producer.purgeQueued()
        try wait(until: "the reports") {
            sender.producer.poll(&sender.reports, &sender.events)
            return sender.reports.count == 10
        }
        #expect(sender.reports.allSatisfy { $0.error == .purgedFromQueue && !$0.mayHaveLanded })
    }

    @Test func whatIsOnTheWireMayHaveLanded() throws {
        let sender = try TestProducer(broker.bootstrap, "out")
        try broker.setRoundTrip(.seconds(3))
        sender.send("x", to: 0)
        try wait(until: "the report") {
            sender.producer.purgeInFlight()
            sender.producer.poll(&sender.reports, &sender.events)
            return sender.reports.count == 1
        }
        #expect(sender.reports.map(\.error) == [.purgedInFlight])
        #expect(sender.reports.map(\.mayHaveLanded) == [true])
        // And so it has, though its report says it failed.
        try broker.setRoundTrip(.zero)
        let reader = try TestReader(broker.bootstrap, "out", partitions: 1)
        defer { reader.close() }
        #expect(try reader.read(1)[0].map(\.value) == ["x"])
    }

    @Test func aFlushEndsAtItsDeadline() throws {
        let sender = try TestProducer(broker.bootstrap, "out")
        try broker.setDown()
        sender.send("x", to: 0)
        #expect(!sender.producer.flush(&sender.reports, &sender.events, timeout: .milliseconds(50)))
        #expect(sender.reports.isEmpty)
        try broker.setUp()
        #expect(sender.producer.flush(&sender.reports, &sender.events, timeout: .seconds(30)))
        #expect(sender.reports.map(\.error) == [.none])
    }

    @Test func aDestroyedProducerTakesNothing() throws {
        let sender = try TestProducer(broker.bootstrap, "out")
        #expect(sender.producer.destroy(within: .seconds(20)))
        #expect(sender.producer.destroy(within: .seconds(20)))
        #expect(sender.send("x", to: 0) == .destroyed)
        var batch = ProduceBatch(capacity: 1)
        unsafe batch.append(payload: nil, payloadCount: 0, key: nil, keyCount: 0, partition: 0, opaque: 0)
        #expect(
            sender.producer.produce(batch, to: sender.topic, .copied)
                == ProduceResult(taken: 0, firstRefused: 0, error: .destroyed))
        #expect(sender.producer.poll(&sender.reports, &sender.events) == 0)
        #expect(throws: KafkaError.self) { try sender.topic.refreshPartitionCount(timeout: .seconds(1)) }
    }

    @Test func reportsStopAtTheLimit() throws {
        let sender = try TestProducer(broker.bootstrap, "out", [("batch.num.messages", "1")])
        for _ in 0..<50 { sender.send("x", to: 0) }
        var polls = 0
        try wait(until: "all reports") {
            let got = sender.producer.poll(&sender.reports, &sender.events, limit: 1, timeout: .milliseconds(20))
            polls += got > 0 ? 1 : 0
            return sender.reports.count == 50
        }
        #expect(polls > 5, "one report a request, and one request a poll")
    }
}
