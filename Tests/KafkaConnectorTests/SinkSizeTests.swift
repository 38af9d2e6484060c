import Kafka
import Millrace
import Platform
import TestBroker
import Testing

@testable import KafkaConnector

/// Records at the border of what a topic takes, on a real broker.
@Suite(.realBroker) struct SinkSizeTests {
    private static let limit = 3_000

    /// A record whose batch has so many bytes when it is alone.
    private static func input(_ bytes: Int, key: String? = "key", headers: [DeadLetter.Header] = []) -> SinkInput {
        var count = 0
        let named = headers.map { (name: $0.name, value: $0.value) }
        while RecordSize.alone(
            key: key?.utf8.count, payload: count, headerCount: headers.count, headers: RecordSize.headers(named))
            < bytes
        { count += 1 }
        return SinkInput(value: String(repeating: "x", count: count), key: key, headers: headers)
    }

    /// What the broker says of a record in a request of its own.
    private func verdict(_ topic: String, _ input: SinkInput) throws -> KafkaErrorCode? {
        let producer = try KafkaProducer(.plainProducer(brokers: RealBroker.bootstrap(), clientID: "probe"))
        defer { _ = producer.destroy(within: .seconds(10)) }
        let target = try producer.topic(topic)
        let code = producer.produce(
            payload: input.value.map { Array($0.utf8) }, key: input.key.map { Array($0.utf8) },
            headers: input.headers.map { ($0.name, $0.value) }, partition: 0, opaque: 0, to: target)
        #expect(code == .none)
        var reports: [DeliveryReport] = []
        var events: [ClientEvent] = []
        _ = producer.flush(&reports, &events, timeout: .seconds(20))
        return reports.first?.error
    }

    @Test func ourSizeIsTheBrokers() throws {
        let topic = try RealBroker.createTopic(
            "size", settings: ["max.message.bytes": String(SinkSizeTests.limit)])
        let forms: [(key: String?, headers: [DeadLetter.Header])] = [
            ("key", []), (nil, []), ("", []), (String(repeating: "k", count: 100), []),
            ("key", [.init("a", Array(repeating: 1, count: 70)), .init("b", nil), .init("", [])]),
        ]
        for (key, headers) in forms {
            let fits = SinkSizeTests.input(SinkSizeTests.limit, key: key, headers: headers)
            #expect(try verdict(topic, fits) == KafkaErrorCode.none)
            let over = SinkSizeTests.input(SinkSizeTests.limit + 1, key: key, headers: headers)
            #expect(try verdict(topic, over) == .messageTooLarge)
        }
    }

    /// A bench on a topic with the limit.
    private func bench(partitions: Int32 = 1, _ extra: [String: Options.Value] = [:]) throws -> (SinkBench, String) {
        let topic = try RealBroker.createTopic(
            "size", partitions: partitions, settings: ["max.message.bytes": String(SinkSizeTests.limit)])
        return (try SinkBench(RealBroker.bootstrap(), topic, extra), topic)
    }

    @Test func whatIsTooLargeIsNamedAndNothingBehindItGoes() throws {
        let (bench, topic) = try bench(partitions: 2)
        defer { bench.close() }
        // By their keys in turn in partition 1 and 0, as Java's clients have it.
        let keys = (0..<100).map { "k\($0)" }
        let even = keys.filter { partition($0) == 0 }
        let odd = keys.filter { partition($0) == 1 }
        var inputs = (0..<20).map { SinkInput(value: "\($0)", key: $0 % 2 == 0 ? even[$0] : odd[$0]) }
        inputs[6] = SinkSizeTests.input(SinkSizeTests.limit + 1, key: even[6])
        inputs[9] = SinkSizeTests.input(SinkSizeTests.limit, key: odd[9])
        let numbers = try bench.submitAll(inputs, number: 1)
        // The limit is read anew before a record is called too large, so what stands before it may go first.
        let last = try #require(numbers.last)
        let cut = inputs.count - (numbers.count == 1 ? inputs.count : inputs.count - 6)
        for number in numbers.dropLast() { #expect(try bench.waitForEnd(number).isEmpty) }
        let failures = try bench.waitForEnd(last)
        #expect(failures.first?.index == 6 - cut)
        #expect(failures.first?.failure.kind == .poison)
        #expect(failures.first?.failure.message.contains("3001 bytes") == true)
        #expect(failures.map { $0.index + cut } == [6, 8, 10, 12, 14, 16, 18])
        #expect(failures.dropFirst().allSatisfy { $0.failure.kind == .untried })
        #expect(!bench.notes.lines.contains { $0.contains("broken") }, "it was never sent")
        let found = try SinkTopicReader.all(RealBroker.bootstrap(), topic, partitions: 2)
        #expect(found[0].map(\.value) == [0, 2, 4].map { "\($0)" })
        #expect(found[1].map(\.value) == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19].map { inputs[$0].value })
    }

    private func partition(_ key: String) -> Int32 {
        unsafe Array(key.utf8).withUnsafeBytes { unsafe Murmur2.partition($0, of: 2) }
    }

    @Test func aLimitThatWasRaisedCondemnsNobody() throws {
        let (bench, topic) = try bench()
        defer { bench.close() }
        try bench.submitAll([SinkInput(value: "0", key: "k")], number: 1)
        #expect(try bench.waitForEnd(1).isEmpty)
        try KafkaAdmin(RealBroker.client.get()).setSettings(["max.message.bytes": "50000"], of: topic)
        let large = SinkSizeTests.input(20_000)
        // The broker hears of it a moment later.
        var probes = 0
        while try verdict(topic, large) != KafkaErrorCode.none, probes < 1_000 { probes += 1 }
        let lane = try #require(bench.lane as? KafkaSinkLane)
        try bench.wait(for: "the reading to be old") { _ in
            lane.keeper.facts?.isFresh(at: MonotonicClock.milliseconds()) == false ? true : nil
        }
        #expect(lane.keeper.facts?.limit == SinkSizeTests.limit)
        #expect(lane.submit(.of([large], number: 2, first: 1)) == 0)
        try bench.waitForRoom()
        #expect(lane.submit(.of([large], number: 3, first: 1)) == 1)
        #expect(try bench.waitForEnd(3).isEmpty)
        #expect(try SinkTopicReader.all(RealBroker.bootstrap(), topic, partitions: 1)[0].count == 3)
    }

    @Test func manySmallRecordsAreCutIntoRequestsThatFit() throws {
        let (bench, topic) = try bench()
        defer { bench.close() }
        let inputs = (0..<2_000).map { SinkInput(value: "\($0)" + String(repeating: " ", count: 100), key: "k") }
        for number in try bench.submitAll(inputs, number: 1) { #expect(try bench.waitForEnd(number).isEmpty) }
        #expect(!bench.notes.lines.contains { $0.contains("broken") })
        let found = try SinkTopicReader.all(RealBroker.bootstrap(), topic, partitions: 1)[0]
        #expect(found.map(\.value) == inputs.map(\.value))
    }

    @Test func onlyTheBrokerJudgesWhatIsCompressed() throws {
        let pair = Options.Pair("compression.codec", "zstd", at: ConfigPlace(line: 1, column: 1))
        let (bench, topic) = try bench(["properties": .map([pair])])
        defer { bench.close() }
        // It compresses to next to nothing.
        var inputs = [SinkInput(value: "0", key: "k"), SinkSizeTests.input(500_000), SinkInput(value: "2", key: "k")]
        for number in try bench.submitAll(inputs, number: 1) { #expect(try bench.waitForEnd(number).isEmpty) }
        // This does not.
        var random = SplitMix64(seed: 1)
        inputs[1].value = String(
            decoding: (0..<20_000).map { _ in UInt8.random(in: 33...126, using: &random) }, as: UTF8.self)
        #expect(bench.lane.submit(.of(inputs, number: 10, first: 3)) == 3)
        // In a request of several it may not be the one, so it goes again, alone.
        #expect(try bench.waitForEnd(10).kinds == [1: .untried, 2: .untried])
        #expect(bench.lane.submit(.of(inputs, number: 11, first: 3, indices: [1, 2])) == 0)
        try bench.waitForRoom()
        #expect(bench.lane.submit(.of(inputs, number: 12, first: 3, indices: [1, 2])) == 2)
        #expect(try bench.waitForEnd(12).kinds == [0: .poison, 1: .untried])
        let found = try SinkTopicReader.all(RealBroker.bootstrap(), topic, partitions: 1)[0]
        #expect(
            found.map { $0.value?.utf8.count } == [1, SinkSizeTests.input(500_000).value?.utf8.count, 1, 1],
            "what failed did not land")
    }
}
