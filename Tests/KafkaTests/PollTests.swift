import Glibc
import Kafka
import Testing

/// Waiting on a queue, by its own timeout and by a file descriptor.
@Suite struct PollTests {
    private let broker: EmbeddedBroker

    init() throws {
        broker = try EmbeddedBroker()
        try broker.createTopic("in", partitions: 1)
    }

    @Test func nothingComesWhereNothingIs() throws {
        let consumer = try KafkaConsumer(TestReader.configuration(broker.bootstrap))
        for timeout in [Duration.zero, .microseconds(1), .milliseconds(20), .seconds(-1)] {
            if let event = consumer.poll(timeout: timeout) { Issue.record("\(event)") }
        }
        #expect(consumer.close(timeout: .seconds(20)) == .closed)
        let producer = try TestProducer(broker.bootstrap, "in")
        #expect(producer.producer.poll(&producer.reports, &producer.events, timeout: .milliseconds(20)) == 0)
    }

    @Test func recordsReportsAndEventsWake() throws {
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        let producer = try TestProducer(broker.bootstrap, "in")
        let (records, reports, events) = (try Pipe(), try Pipe(), try Pipe())
        reader.queues[0].wake(records.writing)
        producer.producer.wake(reports.writing)
        reader.consumer.wake(events.writing)
        let batch = reader.batch
        // The assignment has put something of its own there, and a queue that is not empty does not become so.
        #expect(reader.queues[0].read(into: batch, max: 10) == 0)
        for round in 0..<20 {
            producer.send("\(round)", to: 0)
            #expect(try reports.read("report \(round)") == 1)
            #expect(producer.producer.poll(&producer.reports, &producer.events) == 1)
            #expect(try records.read("record \(round)") == 1)
            batch.removeAll()
            #expect(reader.queues[0].read(into: batch, max: 10) == 1)
            #expect(reader.queues[0].read(into: batch, max: 10) == 0)
        }
        batch.removeAll()
        try reader.consumer.commit([TopicPartition("in", 0, offset: 3)], tag: 5)
        #expect(try events.read("the commit") == 1)
        guard case .commit(let result)? = reader.consumer.poll(timeout: .zero) else {
            Issue.record("no commit result")
            return
        }
        #expect(result.tag == 5)
        #expect(!records.isReadable)
        reader.close()
    }

    /// A descriptor that was closed with the queue is somebody else's by now.
    @Test func aClosedQueueWakesNobody() throws {
        let reader = try TestReader(broker.bootstrap, "in", partitions: 1)
        let producer = try TestProducer(broker.bootstrap, "in")
        let closed = try Pipe()
        let open = try Pipe()
        reader.queues[0].wake(closed.writing)
        reader.queues[0].close()
        let again = try reader.consumer.partitionQueue("in", 0)
        producer.send("x", to: 0)
        #expect(producer.finish().count == 1)
        try wait(until: "the record") { again.read(into: reader.batch, max: 1) == 1 }
        reader.batch.removeAll()
        #expect(!closed.isReadable)
        again.wake(open.writing)
        producer.send("y", to: 0)
        #expect(try open.read() == 1)
        #expect(!closed.isReadable)
        again.close()
        reader.close()
    }
}

/// Two ends of a pipe.
final class Pipe {
    private let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw NotInTime(description: "no pipe") }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        Glibc.close(reading)
        Glibc.close(writing)
    }

    /// True when there is something to read, now.
    var isReadable: Bool { isReadable(within: 0) }

    private func isReadable(within milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&wanted, 1, milliseconds) == 1
    }

    /// The next eight bytes as a number, waited for.
    func read(_ what: String = "it") throws -> UInt64 {
        guard isReadable(within: 30000) else { throw NotInTime(description: "nobody wrote for \(what)") }
        var number: UInt64 = 0
        guard unsafe Glibc.read(reading, &number, 8) == 8 else { throw NotInTime(description: "not eight bytes") }
        return number
    }
}
