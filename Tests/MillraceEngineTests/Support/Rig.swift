import Millrace
import MillraceEngine
import MillraceMachines
import Platform

/// Letters in memory.
final class MemoryLetters: DeadLetterWriter {
    private let state = Locked<(letters: [DeadLetter], isDown: Bool)>(([], false))
    /// Letters with a longer payload are too large.
    let largest: Int

    init(largest: Int = .max) { self.largest = largest }

    var letters: [DeadLetter] { state.withLock { $0.letters } }
    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    func write(_ letter: DeadLetter, _ reply: @escaping @Sendable (DeadLetterOutcome) -> Void) {
        if let payload = letter.payload, payload.count > largest { return reply(.tooLarge("too large")) }
        let isWritten = state.withLock { state in
            if state.isDown { return false }
            state.letters.append(letter)
            return true
        }
        reply(isWritten ? .written(place: "dlq:0:0") : .failed("down"))
    }

    func close(deadline: Int64) {}
}

/// Keeps what it hears.
final class Ears: Observer, NoteTaker {
    private let heard = Locked<[WorkerEvent]>([])
    var events: [WorkerEvent] { heard.withLock { $0 } }
    func observe(_ event: WorkerEvent) { heard.withLock { $0.append(event) } }
    func note(_ note: Note) {}
}

/// An engine over memory, and what belongs to it.
final class Rig {
    let source: MemorySource
    let letters: MemoryLetters
    let ears = Ears()
    let engine: Engine

    init(
        _ payloads: [[[UInt8]?]], _ sinks: [PipelinePlan.SinkPlan], lanes: Int = 2, lettersDown: Bool = false,
        first: Int64 = 0, markers: Int = 0, failingSeeks: Int = 0, largestLetter: Int = .max,
        hasHoles: Bool = false,
        _ change: (inout PipelinePlan) -> Void = { _ in }
    ) throws {
        source = MemorySource(
            payloads, first: first, markers: markers, failingSeeks: failingSeeks, hasHoles: hasHoles)
        letters = MemoryLetters(largest: largestLetter)
        letters.setDown(lettersDown)
        var plan = PipelinePlan(name: "p", group: "g", sinks: sinks, deadLetters: .write(letters))
        plan.lanes = lanes
        plan.commitInterval = 20
        plan.batch.records = 100
        change(&plan)
        engine = try Engine(plan, source: source, observer: ears, notes: ears)
        source.start(engine)
    }

    /// Drains and ends; the books of everything.
    func finish(within milliseconds: Int64 = 5_000) -> WorkerSnapshot? {
        let deadline = MonotonicClock.milliseconds() + milliseconds
        engine.drain(deadline: deadline)
        var poller = Poller([])
        while engine.openShards > 0 && MonotonicClock.milliseconds() < deadline + 1_000 {
            _ = try? poller.wait(timeout: 2_000_000)
        }
        let snapshot = engine.snapshot(within: 2_000)
        engine.stop()
        _ = source.stop(deadline: deadline)
        return snapshot
    }
}

/// Waits for a condition, at most ten seconds.
func waitUntil(_ condition: () -> Bool) -> Bool {
    let deadline = MonotonicClock.milliseconds() + 10_000
    var poller = Poller([])
    while MonotonicClock.milliseconds() < deadline {
        if condition() { return true }
        _ = try? poller.wait(timeout: 1_000_000)
    }
    return condition()
}
