import Kafka
import Millrace
import Platform
import Testing

@testable import KafkaConnector

/// What a test has waited for did not come.
struct SinkNotInTime: Error, CustomStringConvertible {
    let description: String
}

/// Keeps what is noted.
final class SinkNotes: NoteTaker {
    private let kept = Locked<[String]>([])

    func note(_ note: Note) {
        let fields = note.fields.map { "\($0.name)=\($0.value)" }
        kept.withLock { $0.append(([note.event] + fields).joined(separator: " ")) }
    }

    var lines: [String] { kept.withLock { $0 } }
}

/// A sink with one lane, and a test in the engine's place.
final class SinkBench: SinkReporter, @unchecked Sendable {
    let sink: any Sink
    let lane: any SinkLane
    let notes = SinkNotes()
    private let bell: WakeUp
    /// What was reported, in order, and not looked at yet.
    private(set) var reports: [SinkReport] = []

    /// A sink for `topic` with the options of `extra` over the defaults.
    init(
        _ bootstrap: String, _ topic: String, _ extra: [String: Options.Value] = [:], memory: Int = 64 << 20
    ) throws {
        bell = try WakeUp()
        sink = try KafkaSinkKind().make(
            SinkBench.options(bootstrap, topic, extra), SinkBench.context(memory: memory, notes: notes))
        let late = LateReporter()
        lane = try sink.open(
            LaneContext(lane: 0, sink: 3, wakeDescriptor: bell.descriptor, reporter: late, notes: notes))
    }

    /// The options of a sink, with its defaults.
    static func options(_ bootstrap: String, _ topic: String, _ extra: [String: Options.Value] = [:]) -> Options {
        let place = ConfigPlace(line: 1, column: 1)
        var options = Options(at: place)
        options.set("topic", .string(topic), at: place)
        options.set("brokers", .string(bootstrap), at: place)
        options.set("headers", .string("pass"), at: nil)
        options.set("timestamp", .string("now"), at: nil)
        options.set("partition", .string("key"), at: nil)
        for (name, value) in extra { options.set(name, value, at: place) }
        return options
    }

    static func context(name: String = "out", memory: Int = 64 << 20, notes: any NoteTaker) -> SinkContext {
        SinkContext(
            pipeline: "test", name: name, index: 3, source: Options(at: ConfigPlace(line: 1, column: 1)),
            memory: memory, revoke: 5_000, notes: notes)
    }

    func report(_ report: SinkReport) {}

    /// Polls the lane, as the engine does, until `body` answers something of what was reported since the last call.
    @discardableResult
    func wait<R>(
        for what: String, within limit: Duration = .seconds(30), _ body: (inout [SinkReport]) -> R?
    ) throws -> R {
        let end = MonotonicClock.now() + Int64(limit.components.seconds) * 1_000_000_000
        var poller = Poller([bell.descriptor])
        while true {
            bell.drain()
            let next = lane.poll(now: MonotonicClock.milliseconds(), &reports)
            if let found = body(&reports) { return found }
            guard MonotonicClock.now() < end else {
                throw SinkNotInTime(description: "no \(what) within \(limit); notes: \(notes.lines.suffix(10))")
            }
            // Not every condition rings the bell.
            let soon = MonotonicClock.now() + 20_000_000
            try poller.wait(until: min(end, soon, next.map { $0 * 1_000_000 } ?? .max))
        }
    }

    /// Submits, waiting for room as often as it takes, until all of it is taken.
    ///
    /// Each part that was taken is a delivery of its own, as the machine does it; answers their numbers.
    @discardableResult
    func submitAll(
        _ inputs: [SinkInput], shard: ShardID = ShardID(topic: "in", partition: 0), slot: Int = 1, epoch: Int = 1,
        number: Int, heard: Int = 0, first: Int64 = 0
    ) throws -> [Int] {
        var start = 0
        var numbers: [Int] = []
        while start < inputs.count {
            let part = number + numbers.count
            let taken = lane.submit(
                .of(
                    inputs, shard: shard, slot: slot, epoch: epoch, number: part, heard: heard, first: first,
                    indices: Array(start..<inputs.count)))
            if taken > 0 { numbers.append(part) }
            start += taken
            if start < inputs.count { try waitForRoom(slot: slot) }
        }
        return numbers
    }

    /// Waits until the shard was told that there is room.
    func waitForRoom(slot: Int = 1) throws {
        try wait(for: "room") { reports in
            let place = reports.firstIndex { report in
                if case .room = report.outcome { report.slot == slot } else { false }
            }
            return place.map { _ = reports.remove(at: $0) }
        }
    }

    /// Waits until the delivery has ended; its failures.
    @discardableResult
    func waitForEnd(_ number: Int, slot: Int = 1, epoch: Int = 1) throws -> [IndexedFailure] {
        try wait(for: "end of delivery \(number)") { reports in
            for (place, report) in reports.enumerated() {
                guard case .done(let delivery, let failures) = report.outcome else { continue }
                guard delivery == number && report.slot == slot && report.epoch == epoch else { continue }
                reports.remove(at: place)
                return failures
            }
            return nil
        }
    }

    func close() {
        lane.close()
        sink.close()
    }

    private struct LateReporter: SinkReporter {
        func report(_ report: SinkReport) { Issue.record("nothing is reported past the lane") }
    }
}

extension [IndexedFailure] {
    /// The classes, by index.
    var kinds: [Int: FailureClass] { Dictionary(uniqueKeysWithValues: map { ($0.index, $0.failure.kind) }) }
}
