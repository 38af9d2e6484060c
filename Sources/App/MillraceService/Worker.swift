import Millrace
import MillraceConfig
import MillraceEngine
import Platform

/// A pipeline's life in this process: looks before it starts, runs until told to stop, drains, says what became of it.
///
/// ``run()`` is called by one thread, which must have blocked SIGTERM, SIGINT and SIGHUP in the whole process
/// (``Worker/blockSignals()``) before any other thread was started.
public final class Worker {
    /// What the caller wants to know or to decide while the worker runs.
    public struct Hooks: Sendable {
        /// Called a few times a second with how things stand; true ends the worker as a SIGTERM would.
        public var isDone: @Sendable (WorkerSnapshot, _ source: any Source) -> Bool = { _, _ in false }
        /// Called once, when shards may be assigned.
        public var isReady: @Sendable () -> Void = {}

        /// Runs until a signal.
        public init() {}
    }

    /// How a run ended.
    public struct Outcome: Sendable {
        /// The process's exit code.
        public let exitCode: Int32
        /// The books of everything; nil when nothing had started.
        public let snapshot: WorkerSnapshot?
        /// The names of the sinks, in the snapshot's order.
        public let sinks: [String]
    }

    private let config: PipelineConfig
    private let path: String
    private let version: String
    private let notes: any NoteTaker
    private let stateFolder: String?
    private let hooks: Hooks
    private let view: WorkerView
    private let manager: ServiceManager
    private var nextMinute: Int64 = 0
    private var nextDescriptorLook: Int64 = 0
    private var hasBeenReady = false

    /// How long a part of the pipeline may take to answer before the start, milliseconds.
    private static let probeTimeout: Int64 = 5_000
    /// Signals within this time of the first one are the same one, milliseconds.
    private static let oneSignal: Int64 = 500
    /// How often the worker looks round, milliseconds.
    private static let interval: Int64 = 250
    /// How often it counts what is open, which older kernels only list, milliseconds.
    private static let descriptorInterval: Int64 = 5_000

    /// A worker for `config`, which was read from `path` and has this text.
    public init(
        _ config: PipelineConfig, path: String, text: ConfigText = ConfigText(), version: String,
        notes: any NoteTaker, stateFolder: String? = nil, hooks: Hooks = Hooks()
    ) {
        view = WorkerView(WorkerFacts(config, path: path, text: text, version: version))
        self.config = config
        self.path = path
        self.version = version
        self.notes = notes
        self.stateFolder = stateFolder
        self.hooks = hooks
        manager = ServiceManager(notes: notes)
    }

    private static let signals: [Signal] = [.terminate, .interrupt, .hangUp]

    /// Blocks the signals that a worker waits for. Call it before the process starts its first thread.
    public static func blockSignals() throws(MillraceError) {
        do { try Signals.block(signals) } catch { throw MillraceError(.internal, "cannot block signals: \(error)") }
    }

    /// Runs the pipeline to its end.
    public func run() -> Outcome {
        note(
            .info, "start",
            [
                ("pipeline", config.name), ("version", version), ("config", path),
                ("sha", String(view.facts.text.sha.prefix(7))), ("lanes", "\(PlanBuilder.lanes)"),
            ])
        notePlan()
        if let low = DescriptorWatch.startNote(limit: Process.descriptorLimit) { notes.note(low) }
        do throws(MillraceError) {
            try MemorySplit.checkAddressSpace(Process.addressSpaceLimit, memory: config.limits.memory)
            let servers = try AdminServers(config, view, notes: notes)
            defer { servers.stop() }
            note(.info, "admin", [("url", servers.url ?? "none"), ("socket", servers.socket ?? "none")])
            return try runServed()
        } catch {
            note(.error, "failed", [("error", error.message), ("fix", error.remedy ?? "-")])
            return Outcome(exitCode: error.code.exitCode, snapshot: nil, sinks: [])
        }
    }

    private func runServed() throws(MillraceError) -> Outcome {
        if let code = waitUntilReachable() { return Outcome(exitCode: code, snapshot: nil, sinks: []) }
        let parts = try PlanBuilder(
            config: config, notes: NoteTap(notes: notes, view: view), stateFolder: stateFolder
        ).make()
        let observers = Observers(
            all: [
                EventNotes(
                    sinks: parts.plan.sinks.map(\.name), notes: notes, path: FileSystem.exists(path) ? path : nil),
                view.keeper,
            ])
        let engine = try Engine(parts.plan, source: parts.source, observer: observers, notes: notes)
        try parts.source.start(engine)
        view.runs(engine, parts.source)
        hooks.isReady()
        let reason = follow(engine, parts.source)
        return end(engine, parts, reason)
    }

    private func notePlan() {
        let memory = MemorySplit(memory: config.limits.memory)
        let transforms = config.transforms.map(\.kind).joined(separator: ",")
        let sinks = config.sinks.map { $0.isRequired ? "\($0.name)!" : $0.name }.joined(separator: ",")
        note(
            .info, "plan",
            [
                ("source", config.source.options.strings("topics").joined(separator: ",")),
                ("decode", config.decode.name), ("transforms", transforms), ("sinks", sinks),
                ("memory", Worker.size(config.limits.memory)), ("prefetch", Worker.size(memory.prefetch)),
                ("batches", Worker.size(memory.batches)), ("sink_buffers", Worker.size(memory.sinks)),
            ])
    }

    private static func size(_ bytes: Int) -> String { "\(bytes >> 20)MiB" }

    // MARK: - Before the start

    /// Waits for what does not answer; an exit code when something will not do, or a signal came first.
    private func waitUntilReachable() -> Int32? {
        var pause: Int64 = 1_000
        while true {
            manager.look(at: view)
            let findings = Preflight(config: config).run(timeout: Worker.probeTimeout)
            let refusals = findings.refusals
            for (index, (_, error)) in refusals.enumerated() {
                // Parts on the same brokers fail alike: one line for all of them.
                guard !refusals[..<index].contains(where: { $0.error.message == error.message }) else { continue }
                let parts = refusals.filter { $0.error.message == error.message }.map(\.part).joined(separator: ",")
                var fields = [("part", parts), ("error", error.message), ("fix", error.remedy ?? "-")]
                if let place = error.place { fields.insert(("where", "\(path):\(place.line):\(place.column)"), at: 1) }
                note(.error, "refused", fields)
            }
            if let first = refusals.first { return first.error.code.exitCode }
            guard let (part, message) = findings.unreachable else {
                note(.info, "connected", Worker.fields(findings))
                return nil
            }
            note(
                .warn, "waiting",
                [("for", part), ("error", message), ("next", "tried again in \(pause / 1000)s")])
            view.isWaiting(for: "\(part): \(message)")
            if let signal = waitWatched(pause), signal != .hangUp {
                note(.info, "stopped", [("signal", "\(signal)"), ("note", "nothing was started"), ("exit", "0")])
                return 0
            }
            pause = min(pause * 2, 30_000)
        }
    }

    private static func fields(_ findings: [Preflight.Finding]) -> [(name: String, value: String)] {
        findings.compactMap { finding in
            switch finding.readiness {
            case .ready(let text), .doubtful(let text, _): text.isEmpty ? nil : (finding.part, text)
            case .unreachable, .refused: nil
            }
        }
    }

    /// Waits for a signal while the service manager is told how things stand.
    private func waitWatched(_ milliseconds: Int64) -> Signal? {
        let end = MonotonicClock.milliseconds() + milliseconds
        while true {
            manager.look(at: view)
            let left = end - MonotonicClock.milliseconds()
            guard left > 0 else { return nil }
            if let signal = wait(min(left, Worker.interval)) { return signal }
        }
    }

    // MARK: - Running

    /// Why a run ends.
    private enum Ending {
        case signal(Signal)
        case done
        case failure(MillraceError)
    }

    private func follow(_ engine: Engine, _ source: any Source) -> Ending {
        nextMinute = MonotonicClock.milliseconds() + 60_000
        while true {
            if let signal = wait(Worker.interval) {
                if signal != .hangUp { return .signal(signal) }
                note(
                    .info, "signal",
                    [("signal", "\(signal)"), ("note", "changes nothing; restart to read the config anew")])
            }
            if let failure = engine.failure { return .failure(failure) }
            manager.look(at: view)
            guard let snapshot = view.refresh() else { continue }
            if hooks.isDone(snapshot, source) { return .done }
            noteReady()
            noteMinute()
            noteDescriptors()
        }
    }

    private func wait(_ milliseconds: Int64) -> Signal? {
        (try? Signals.wait(for: Worker.signals, timeout: milliseconds * 1_000_000)) ?? nil
    }

    private func noteReady() {
        guard !hasBeenReady else { return }
        let readout = view.readout()
        guard readout.troubles.isEmpty, !readout.snapshot.shards.isEmpty else { return }
        hasBeenReady = true
        note(.info, "ready", [("after", Figures.time(readout.now - view.facts.startedAtTick))])
    }

    private func noteMinute() {
        guard MonotonicClock.milliseconds() >= nextMinute else { return }
        nextMinute += 60_000
        notes.note(MinuteLine.note(view.readout()))
    }

    private func noteDescriptors() {
        guard MonotonicClock.milliseconds() >= nextDescriptorLook else { return }
        nextDescriptorLook = MonotonicClock.milliseconds() + Worker.descriptorInterval
        let limit = Process.descriptorLimit
        if let full = DescriptorWatch.note(open: Process.openDescriptors(), limit: limit) { notes.note(full) }
    }

    // MARK: - The end

    /// Drains, commits, leaves the group, and says what became of everything.
    private func end(_ engine: Engine, _ parts: PlanBuilder.Parts, _ ending: Ending) -> Outcome {
        let now = MonotonicClock.milliseconds()
        let deadline = now + config.limits.drain
        var fields: [(name: String, value: String)] = [("budget", "\(config.limits.drain)ms")]
        if case .signal(let signal) = ending { fields.insert(("signal", "\(signal)"), at: 0) }
        view.drains()
        manager.drains(view, until: deadline)
        note(.info, "draining", fields)
        // What earlier revokes handed back was read again by its next owner.
        let handedBack = engine.undone
        engine.drain(deadline: deadline)
        // Lanes keep to the deadline; the second is theirs to release what is left.
        while engine.openShards > 0 && MonotonicClock.milliseconds() < deadline + 1_000 {
            manager.look(at: view)
            // One Ctrl-C may come twice: from the terminal, and from a parent that passes it on.
            if let signal = wait(5), signal != .hangUp, MonotonicClock.milliseconds() > now + Worker.oneSignal {
                note(
                    .warn, "stopped",
                    [("signal", "\(signal)"), ("note", "a second signal: stopped at once"), ("exit", "75")])
                return Outcome(exitCode: 75, snapshot: engine.snapshot(), sinks: engine.sinkNames)
            }
        }
        let snapshot = engine.snapshot(within: 1_000)
        let isStuck = engine.openShards > 0
        view.hasStopped(snapshot)
        if !isStuck {
            engine.stop()
            parts.plan.crashMarker?.end()
        }
        let closing = max(deadline, MonotonicClock.milliseconds() + 2_000)
        parts.letters?.close(deadline: closing)
        let isCommitted = parts.source.stop(deadline: closing)
        return conclude(
            engine, snapshot, ending, undone: engine.undone - handedBack, isClean: !isStuck && isCommitted, since: now)
    }

    private func conclude(
        _ engine: Engine, _ snapshot: WorkerSnapshot?, _ ending: Ending, undone: Int, isClean: Bool, since: Int64
    ) -> Outcome {
        var code: Int32 = undone == 0 && isClean ? 0 : 75
        if case .failure(let error) = ending {
            code = error.code.exitCode
            note(.error, "failed", [("error", error.message), ("fix", error.remedy ?? "-")])
        }
        var balance = "unknown"
        if let snapshot {
            let books = BooksText(snapshot, sinks: engine.sinkNames)
            for line in books.notes("books") { notes.note(line) }
            balance = books.isBalanced ? "balanced" : "unbalanced"
        }
        let seconds = Double((MonotonicClock.milliseconds() - since) / 10) / 100
        var fields: [(name: String, value: String)] = [
            ("undone", "\(undone)"), ("books", balance), ("took", "\(seconds)s"), ("exit", "\(code)"),
        ]
        if undone > 0 { fields.append(("note", "what is undone will be read again")) }
        if !isClean && undone == 0 { fields.append(("note", "the last commit was not confirmed")) }
        note(code == 0 ? .info : .warn, "stopped", fields)
        return Outcome(exitCode: code, snapshot: snapshot, sinks: engine.sinkNames)
    }

    private func note(_ level: NoteLevel, _ event: String, _ fields: [(name: String, value: String)]) {
        notes.note(Note(level, event, fields))
    }
}
