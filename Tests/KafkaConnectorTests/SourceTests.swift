import Kafka
import Millrace
import Platform
import TestBroker
import Testing

@testable import KafkaConnector

/// The source on a real broker, driven as an engine would.
@Suite(.realBroker) struct SourceTests {
    /// Reads everything it is given, and keeps the offsets.
    private final class Reader: ShardOwner, NoteTaker {
        struct State {
            var assignments: [ShardID: ShardAssignment] = [:]
            var assigned: [ShardAssignment] = []
            var offsets: [ShardID: [Int64]] = [:]
            var revoked: [[ShardID]] = []
            var failure: MillraceError?
        }

        let state = Locked(State())
        let source = Locked<KafkaSource?>(nil)

        func assign(_ shards: [ShardAssignment]) {
            state.withLock { state in
                for assignment in shards {
                    state.assignments[assignment.shard] = assignment
                    state.assigned.append(assignment)
                }
            }
        }

        func revoke(_ shards: [ShardID], deadline: Int64, lost: Bool) {
            state.withLock { $0.revoked.append(shards) }
            for shard in shards { release(shard) }
        }

        func fail(_ error: MillraceError) { state.withLock { $0.failure = error } }
        func note(_ note: Note) {}

        /// Reads what there is of every shard.
        func read() {
            let assignments = state.withLock { Array($0.assignments.values) }
            for assignment in assignments {
                let table = RecordTable()
                guard let result = try? assignment.reader.read(ReadLimits(records: 100, bytes: 2_000), into: table)
                else { continue }
                _ = assignment.reader.detach()
                state.withLock { state in
                    for index in 0..<result.count {
                        state.offsets[assignment.shard, default: []].append(table[index].offset)
                    }
                }
            }
        }

        func release(_ shard: ShardID) {
            let found = state.withLock { state in
                (state.assignments.removeValue(forKey: shard), state.offsets[shard]?.last)
            }
            guard let assignment = found.0 else { return }
            assignment.reader.close()
            source.withLock { $0 }?.release(
                Acknowledgement(
                    shard: shard, epoch: assignment.epoch,
                    checkpoint: found.1.map { $0 + 1 } ?? assignment.checkpoint, metadata: "meta"))
        }

        var count: Int { state.withLock { $0.offsets.values.reduce(0) { $0 + $1.count } } }
    }

    private func make(
        _ topic: String, _ group: String, _ reader: Reader, start: SourceStart = .earliest,
        properties: KafkaConfiguration = KafkaConfiguration()
    ) throws -> KafkaSource {
        let settings = SourceSettings(
            brokers: try RealBroker.bootstrap(), topics: [topic], group: group, start: start, clientID: "test",
            properties: properties, memory: 8 << 20, batchRecords: 100, revoke: 2_000)
        let source = try KafkaSource(settings, notes: reader)
        reader.source.withLock { $0 = source }
        try source.start(reader)
        return source
    }

    private func fill(_ topic: String, _ count: Int, partitions: Int32) throws {
        let producer = try KafkaProducer(
            KafkaConfiguration.plainProducer(brokers: RealBroker.bootstrap(), clientID: "fill"))
        let handle = try producer.topic(topic)
        for number in 0..<count {
            let key = Array("key-\(number)".utf8)
            let code = producer.produce(payload: Array("payload-\(number)".utf8), key: key, opaque: 0, to: handle)
            #expect(code == .none)
        }
        var reports: [DeliveryReport] = []
        var events: [ClientEvent] = []
        #expect(producer.flush(&reports, &events, timeout: .seconds(20)))
        _ = producer.destroy(within: .seconds(5))
    }

    private func wait(_ reader: Reader, _ condition: () -> Bool) -> Bool {
        let deadline = MonotonicClock.milliseconds() + 30_000
        var poller = Poller([])
        while MonotonicClock.milliseconds() < deadline {
            reader.read()
            if condition() { return true }
            _ = try? poller.wait(timeout: 2_000_000)
        }
        return condition()
    }

    private func end(_ source: KafkaSource, _ reader: Reader) -> Bool {
        for shard in reader.state.withLock({ Array($0.assignments.keys) }) { reader.release(shard) }
        return source.stop(deadline: MonotonicClock.milliseconds() + 10_000)
    }

    @Test func aSessionThatTheBrokerRefusesIsAMistakeOfTheConfig() throws {
        let topic = try RealBroker.createTopic("source", partitions: 1)
        let reader = Reader()
        let source = try make(topic, RealBroker.group("source"), reader, properties: ["session.timeout.ms": "5"])
        #expect(wait(reader) { reader.state.withLock { $0.failure } != nil })
        let failure = try #require(reader.state.withLock { $0.failure })
        #expect(failure.code == .config)
        #expect(failure.message.contains("session.timeout.ms of 5 (source.kafka.properties)"))
        #expect(failure.remedy?.contains("6000 to 1800000") == true)
        #expect(end(source, reader))
    }

    @Test func everyRecordOnceAndThenOnFromTheCheckpoint() throws {
        let topic = try RealBroker.createTopic("source", partitions: 3)
        let group = RealBroker.group("source")
        try fill(topic, 1_000, partitions: 3)
        let first = Reader()
        let source = try make(topic, group, first)
        #expect(wait(first) { first.count >= 1_000 })
        for offsets in first.state.withLock({ $0.offsets.values }) {
            #expect(offsets == Array(0..<Int64(offsets.count)))
        }
        #expect(end(source, first))
        try fill(topic, 100, partitions: 3)
        let second = Reader()
        let next = try make(topic, group, second)
        #expect(wait(second) { second.count >= 100 })
        #expect(second.count == 100)
        #expect(second.state.withLock { $0.assigned.allSatisfy { $0.metadata == "meta" && !$0.isFirstStart } })
        #expect(end(next, second))
    }

    @Test func aGroupThatBeginsAtTheEndRemembersIt() throws {
        let topic = try RealBroker.createTopic("latest", partitions: 1)
        let group = RealBroker.group("latest")
        try fill(topic, 50, partitions: 1)
        let first = Reader()
        let source = try make(topic, group, first, start: .latest)
        #expect(wait(first) { first.state.withLock { !$0.assigned.isEmpty } })
        #expect(first.state.withLock { $0.assigned.first?.checkpoint } == 50)
        #expect(end(source, first))
        try fill(topic, 10, partitions: 1)
        let second = Reader()
        let next = try make(topic, group, second, start: .latest)
        #expect(wait(second) { second.count >= 10 })
        #expect(second.state.withLock { $0.offsets.values.first } == Array(50..<60))
        #expect(end(next, second))
    }

    @Test func aRewoundReaderGoesOnFromThere() throws {
        let topic = try RealBroker.createTopic("rewind", partitions: 1)
        try fill(topic, 300, partitions: 1)
        let reader = Reader()
        let source = try make(topic, RealBroker.group("rewind"), reader)
        #expect(wait(reader) { reader.count >= 200 })
        let assignment = try #require(reader.state.withLock { $0.assignments.values.first })
        try assignment.reader.rewind(to: 17)
        reader.state.withLock { $0.offsets.removeAll() }
        #expect(wait(reader) { reader.count >= 283 })
        #expect(reader.state.withLock { $0.offsets.values.first } == Array(17..<300))
        #expect(end(source, reader))
    }

    @Test func twoMembersShareAndHandOver() throws {
        let topic = try RealBroker.createTopic("share", partitions: 4)
        let group = RealBroker.group("share")
        try fill(topic, 400, partitions: 4)
        let one = Reader()
        let two = Reader()
        let first = try make(topic, group, one)
        #expect(wait(one) { one.count >= 400 })
        let second = try make(topic, group, two)
        #expect(
            wait(one) {
                two.state.withLock { $0.assignments.count } == 2 && one.state.withLock { $0.assignments.count } == 2
            })
        #expect(one.state.withLock { $0.revoked.first?.count } == 4)
        #expect(two.state.withLock { $0.assigned.allSatisfy { $0.checkpoint > 0 } })
        #expect(two.count == 0)
        #expect(end(second, two))
        #expect(end(first, one))
    }
}
