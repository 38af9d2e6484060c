import Millrace
import MillraceConfig
import MillraceEngine
import MillraceService
import Platform

/// Runs a plan over a source that ends, until it has, or a signal comes.
///
/// One thread, which has the signals of ``Worker/blockSignals()`` blocked.
struct JobRun {
    /// Why it ended.
    enum Ending {
        case done
        case signal(Signal)
        /// Only a person can let it go on.
        case parked(String)
        case failed(MillraceError)
    }

    /// How it ended.
    struct Outcome {
        let ending: Ending
        /// The books of everything; nil when a lane did not answer.
        let snapshot: WorkerSnapshot?
        let heard: JobObserver.Memory
        /// Records that were begun and not finished.
        let undone: Int
    }

    let plan: PipelinePlan
    let source: any Source
    let letters: (any DeadLetterWriter)?
    let notes: any NoteTaker
    /// Milliseconds that what was begun may take after a signal.
    let drain: Int64

    /// How often it looks round, milliseconds.
    private static let interval: Int64 = 100
    private static let signals: [Signal] = [.terminate, .interrupt, .hangUp]

    /// Runs it. `look` is called several times a second, and a last time at the end when everything has been released; it
    /// answers whether all is done, and may throw to end it.
    func run(
        _ look: (WorkerSnapshot?, JobObserver.Memory) throws(MillraceError) -> Bool
    ) throws(MillraceError) -> Outcome {
        let observer = JobObserver(sinks: plan.sinks.map(\.name), notes: notes)
        let engine = try Engine(plan, source: source, observer: observer, notes: notes)
        try source.start(engine)
        let ending = follow(engine, observer, look)
        let snapshot = end(engine)
        _ = try look(snapshot, observer.heard)
        return Outcome(ending: ending, snapshot: snapshot, heard: observer.heard, undone: engine.undone)
    }

    private func follow(
        _ engine: Engine, _ observer: JobObserver,
        _ look: (WorkerSnapshot?, JobObserver.Memory) throws(MillraceError) -> Bool
    ) -> Ending {
        while true {
            let signal = (try? Signals.wait(for: JobRun.signals, timeout: JobRun.interval * 1_000_000)) ?? nil
            if let signal, signal != .hangUp { return .signal(signal) }
            if let error = engine.failure { return .failed(error) }
            let heard = observer.heard
            if let why = heard.parked { return .parked(why) }
            do throws(MillraceError) {
                if try look(engine.snapshot(), heard) { return .done }
            } catch { return .failed(error) }
        }
    }

    /// Finishes what was begun, and closes everything.
    private func end(_ engine: Engine) -> WorkerSnapshot? {
        let deadline = MonotonicClock.milliseconds() + drain
        engine.drain(deadline: deadline)
        while engine.openShards > 0 && MonotonicClock.milliseconds() < deadline + 1_000 {
            _ = (try? Signals.wait(for: [.hangUp], timeout: 5_000_000)) ?? nil
        }
        let snapshot = engine.snapshot(within: 1_000)
        if engine.openShards == 0 { engine.stop() }
        let closing = max(deadline, MonotonicClock.milliseconds() + 2_000)
        letters?.close(deadline: closing)
        _ = source.stop(deadline: closing)
        return snapshot
    }
}
