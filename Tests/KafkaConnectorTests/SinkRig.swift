import Kafka
import Millrace
import MillraceEngine
import MillraceMachines
import Platform
import Testing

@testable import KafkaConnector

/// Keeps what the engine says.
final class SinkEars: Observer, NoteTaker {
    private let kept = Locked<(events: [WorkerEvent], notes: [String])>(([], []))

    func observe(_ event: WorkerEvent) { kept.withLock { $0.events.append(event) } }

    func note(_ note: Note) {
        let fields = note.fields.map { "\($0.name)=\($0.value)" }
        kept.withLock { $0.notes.append(([note.event] + fields).joined(separator: " ")) }
    }

    var events: [WorkerEvent] { kept.withLock { $0.events } }
    var notes: [String] { kept.withLock { $0.notes } }

    /// Millrace's own faults.
    var faults: [String] { events.compactMap { if case .fault(_, let text) = $0 { text } else { nil } } }
}

/// The engine with a source in memory, one Kafka sink and dead letters to a Kafka topic.
final class SinkRig {
    let source: SinkSource
    let ears = SinkEars()
    let engine: Engine
    private let letters: KafkaDeadLetterWriter

    init(
        _ bootstrap: String, shards: Int, topic: String, letters: String, lanes: Int = 1,
        _ extra: [String: Options.Value] = [:], _ change: (inout PipelinePlan.SinkPlan) -> Void = { _ in }
    ) throws {
        source = SinkSource(shards: shards)
        let place = ConfigPlace(line: 1, column: 1)
        var origin = Options(at: place)
        origin.set("brokers", .string(bootstrap), at: place)
        var letterOptions = Options(at: place)
        letterOptions.set("topic", .string(letters), at: place)
        self.letters = try KafkaDeadLetterWriter(
            letterOptions, source: origin,
            SourceContext(pipeline: "test", memory: 1 << 20, batchRecords: 1_000, revoke: 5_000, notes: ears))
        let sink = try KafkaSinkKind().make(
            SinkBench.options(bootstrap, topic, extra),
            SinkContext(
                pipeline: "test", name: "out", index: 0, source: origin, memory: 64 << 20, revoke: 5_000, notes: ears))
        var sinkPlan = PipelinePlan.SinkPlan(name: "out", sink: sink)
        change(&sinkPlan)
        var plan = PipelinePlan(name: "test", group: "g", sinks: [sinkPlan], deadLetters: .write(self.letters))
        plan.lanes = lanes
        plan.commitInterval = 20
        // Small, so that the window is full and deliveries wait while others are answered.
        plan.batch.records = 20
        engine = try Engine(plan, source: source, observer: ears, notes: ears)
        source.start(engine)
    }

    /// Drains and ends everything; the books.
    func finish() -> WorkerSnapshot? {
        let deadline = MonotonicClock.milliseconds() + 10_000
        engine.drain(deadline: deadline)
        var poller = Poller([])
        while engine.openShards > 0 && MonotonicClock.milliseconds() < deadline + 1_000 {
            _ = try? poller.wait(timeout: 2_000_000)
        }
        let snapshot = engine.snapshot(within: 2_000)
        engine.stop()
        _ = source.stop(deadline: deadline)
        letters.close(deadline: MonotonicClock.milliseconds() + 5_000)
        return snapshot
    }
}
