import KafkaConnector
import Millrace
import MillraceConfig
import MillraceEngine
import MillraceService
import Platform
import Synchronization

/// A redrive whose plan is made, from its first record to its end.
struct RedriveRun {
    /// What became of it.
    struct Result {
        /// What became of the records for one sink.
        struct Sink {
            var delivered = 0
            var filtered = 0
            var dead = 0
            /// Bytes that a dry run would have delivered.
            var bytes = 0
        }

        /// By the sink's place in the plan.
        var sinks: [Sink]
        /// Records that are done.
        var done = 0
        /// What could not be brought.
        var missing: [LetterFetch.Missing] = []
        /// Letters of a dry run.
        var kinds: [CountingLetters.Kind: CountingLetters.Count] = [:]
        /// Why it ended before its end; nil where it did not.
        var stopped: String?
        /// What it ended with.
        var failure: MillraceError?
        /// Milliseconds.
        var took: Int64 = 0

        /// Records that failed again.
        var dead: Int { sinks.reduce(0) { $0 + $1.dead } }
        /// Whether something is left that would have been sent.
        var isUnfinished: Bool { stopped != nil }
    }

    let redrive: Redrive
    let letters: LetterTopic
    /// Nil for a dry run.
    let ledger: RedriveLedger?
    let plan: RedrivePlan
    let view: any JobView
    let interrupt: Interrupt
    /// Of a dry run: letters that would have been replaced by one that stands for all sinks.
    private let covered = Locked<Set<LetterEntry>>([])

    init(
        redrive: Redrive, letters: LetterTopic, ledger: RedriveLedger?, plan: RedrivePlan, view: any JobView,
        interrupt: Interrupt
    ) {
        self.redrive = redrive
        self.letters = letters
        self.ledger = ledger
        self.plan = plan
        self.view = view
        self.interrupt = interrupt
    }

    private var config: PipelineConfig { redrive.config }
    private var order: RedriveOrder { redrive.order }
    private var isDry: Bool { ledger == nil }

    /// How often records that became safe are taken into the account, milliseconds.
    private static let commitInterval: Int64 = 2
    /// Bytes of records that are held at a time.
    private static let roundBytes = 32 << 20
    /// How long a sink may take no record, milliseconds.
    private static let suspicion: Int64 = 5_000
    private static let longestDrain: Int64 = 10_000

    /// So many records may be on their way at a time: what `kill -9` leaves uncertain.
    private var window: Int { isDry ? 1_000 : max(1, min(config.batch.records, plan.count / 1_000)) }

    /// Sends everything.
    func run() throws(MillraceError) -> Result {
        let began = MonotonicClock.milliseconds()
        var result = Result(sinks: plan.passes.map { _ in Result.Sink() })
        let limiter = order.rate.map { RateLimiter(rate: $0, now: began) }
        passes: for (index, pass) in plan.passes.enumerated() {
            for round in pass.rounds(of: RedriveRun.roundBytes) {
                do throws(MillraceError) {
                    try send(round, of: pass, index, limiter, &result)
                } catch {
                    if interrupt.signal == nil { result.failure = error }
                    result.stopped = interrupt.signal.map { "by \($0)" } ?? "by an error"
                }
                if result.stopped != nil { break passes }
            }
        }
        result.took = MonotonicClock.milliseconds() - began
        return result
    }

    /// One round to one sink.
    private func send(
        _ round: [RedrivePlan.Parcel], of pass: RedrivePlan.Pass, _ index: Int, _ limiter: RateLimiter?,
        _ result: inout Result
    ) throws(MillraceError) {
        let done = result.done
        // A new letter for all sinks may stand for it since an earlier pass.
        let due = round.filter { !isCovered($0.entry, pass) }
        result.done += round.count - due.count
        guard !due.isEmpty else { return }
        let fetch = LetterFetch(
            letters: letters, config: config, timeout: order.timeout,
            look: { (_) throws(MillraceError) in
                view.progress(done, of: plan.count, note: "reading")
                try interrupt.check()
            })
        let (items, missing) = try fetch.bring(due)
        result.missing += missing
        result.done += missing.count
        guard !items.isEmpty else { return }
        let parts = try RoundParts(self, items, pass)
        let source = source(items, pass, parts, limiter)
        let outcome = try follow(source, parts, pass, done: result.done)
        result.done += source.safe
        if let books = outcome.snapshot?.books.first {
            result.sinks[index].delivered += books.delivered
            result.sinks[index].filtered += books.filtered
        }
        result.sinks[index].dead += parts.letters.dead.count
        result.sinks[index].bytes += parts.counter?.bytes.load(ordering: .relaxed) ?? 0
        for (kind, count) in parts.counted?.counts ?? [:] {
            result.kinds[kind, default: CountingLetters.Count(error: count.error)].count += count.count
        }
        if source.safe < items.count { result.stopped = why(outcome.ending, pass) }
        if case .signal(let signal) = outcome.ending { interrupt.take(signal) }
        if case .failed(let error) = outcome.ending { result.failure = error }
    }

    private func isCovered(_ entry: LetterEntry, _ pass: RedrivePlan.Pass) -> Bool {
        if let ledger { return ledger.book.has(entry, at: pass.destination) }
        return covered.withLock { $0.contains(entry) }
    }

    private func why(_ ending: JobRun.Ending, _ pass: RedrivePlan.Pass) -> String {
        switch ending {
        case .signal(let signal): "by \(signal)"
        case .parked(let why): "because \(why)"
        case .failed(let error): "because \(error.message)"
        case .done: "before all had arrived at \(pass.sink)"
        }
    }

    private func source(
        _ items: [RedriveItem], _ pass: RedrivePlan.Pass, _ parts: RoundParts, _ limiter: RateLimiter?
    ) -> RedriveSource {
        let (ledger, sinks) = (ledger, config.sinks.map(\.name))
        let keeps = order.topic != nil
        return RedriveSource(
            items, sink: pass.sink, window: window, limiter: limiter,
            begun: { items in ledger?.begin(items.map(\.parcel.entry)) },
            arrived: { [letters = parts.letters] items in
                // What a topic refused has not arrived: its letter stays.
                let dead = keeps ? letters.dead : []
                let arrived = items.filter { !dead.contains($0.name) }
                ledger?.mark(arrived.flatMap(\.parcel.entries), pass.destination, of: keeps ? [] : sinks)
            })
    }

    /// Runs the round to its end.
    private func follow(
        _ source: RedriveSource, _ parts: RoundParts, _ pass: RedrivePlan.Pass, done: Int
    ) throws(MillraceError) -> JobRun.Outcome {
        let job = JobRun(
            plan: parts.plan, source: source, letters: parts.letters,
            notes: isDry ? DryNotes(redrive.notes) : redrive.notes,
            drain: min(config.limits.drain, RedriveRun.longestDrain))
        var (moved, safe) = (MonotonicClock.milliseconds(), 0)
        return try job.run { (snapshot, _) throws(MillraceError) -> Bool in
            let now = MonotonicClock.milliseconds()
            if source.safe != safe { (moved, safe) = (now, source.safe) }
            let waiting = snapshot.flatMap { RedriveRun.waiting($0, pass.sink) }
            let note = "to \(pass.sink)" + (waiting.map { ", \($0)" } ?? "")
            view.progress(done + source.safe, of: plan.count, note: note)
            if let failure = ledger?.failure { throw failure }
            if source.safe == source.count { return true }
            // Where nobody can decide whose fault it is, waiting would be for ever.
            if let snapshot, now - moved > RedriveRun.suspicion, RedriveRun.isSuspect(snapshot) {
                throw MillraceError(
                    .unavailable,
                    "sink \(pass.sink) takes no record: it may still be at fault, not they",
                    remedy:
                        "put it right, then the same command goes on; or choose letters by --fingerprint or --origin")
            }
            return false
        }
    }

    /// What a sink that is in trouble is waited for with.
    private static func waiting(_ snapshot: WorkerSnapshot, _ sink: String) -> String? {
        for shard in snapshot.shards {
            switch shard.waiting {
            case .breaker: return "\(sink) counts as down"
            case .suspectOutage: return "\(sink) takes no record"
            case .retry: return "trying again"
            case .deadLetters: return "waits for the dead letter topic"
            default: continue
            }
        }
        return nil
    }

    private static func isSuspect(_ snapshot: WorkerSnapshot) -> Bool {
        snapshot.shards.contains { if case .suspectOutage = $0.waiting { true } else { false } }
    }

    /// The options of a Kafka sink, with requests that wait for no company unless the config says how long: nothing else
    /// comes before a record has arrived.
    private static func prompt(_ options: Options) -> Options {
        let properties = options.map("properties")
        guard !properties.contains(where: { $0.name == "linger.ms" }) else { return options }
        var changed = options
        changed.set("properties", .map(properties + [Options.Pair("linger.ms", "0", at: options.place)]), at: nil)
        return changed
    }

    /// What a round is made of.
    struct RoundParts {
        let plan: PipelinePlan
        let letters: RedriveLetters
        /// Of a dry run.
        let counter: CountingSink?
        /// Of a dry run.
        let counted: CountingLetters?

        init(_ run: RedriveRun, _ items: [RedriveItem], _ pass: RedrivePlan.Pass) throws(MillraceError) {
            let builder = PlanBuilder(config: run.config, notes: run.redrive.notes)
            counted = run.isDry ? CountingLetters() : nil
            let way: RedriveLetters.Way
            if let counted {
                way = .count(counted)
            } else if run.order.topic == nil, let writer = try builder.makeLetters() {
                way = .write(writer)
            } else {
                way = .keep
            }
            let book = run.ledger?.book
            var known: [RedriveLetters.Name: RedriveLetters.Known] = [:]
            for item in items {
                let entry = item.parcel.entry
                known[item.name] = RedriveLetters.Known(
                    parcel: item.parcel, isForAll: item.parcel.isForAll && !(book?.hasAny(of: entry) ?? false))
            }
            letters = RedriveLetters(way, sink: pass.sink, known: known) {
                [ledger = run.ledger, covered = run.covered] parcel in
                ledger?.mark(parcel.entries, Destination.everywhere)
                if ledger == nil { covered.withLock { $0.formUnion(parcel.entries) } }
            }
            let sink = try RoundParts.sink(run, builder, pass)
            counter = sink.sink as? CountingSink
            var plan = builder.plan([sink], letters)
            if run.order.topic != nil {
                plan.decode = nil
                plan.transforms = []
            }
            plan.lanes = 1
            plan.batch.records = min(plan.batch.records, run.window)
            plan.batch.window = 0
            plan.commitInterval = RedriveRun.commitInterval
            self.plan = plan
        }

        private static func sink(
            _ run: RedriveRun, _ builder: PlanBuilder, _ pass: RedrivePlan.Pass
        ) throws(MillraceError) -> PipelinePlan.SinkPlan {
            if let topic = run.order.topic {
                let source = run.config.source.options
                if run.isDry {
                    return PipelinePlan.SinkPlan(name: topic, sink: CountingSink(takesTombstones: true))
                }
                var options = Options(at: source.place)
                options.set("topic", .string(topic), at: nil)
                options = RedriveRun.prompt(options)
                let context = SinkContext(
                    pipeline: run.config.name, name: topic, index: 0, source: source,
                    memory: builder.memory.sinks, revoke: run.config.limits.revoke, notes: run.redrive.notes)
                return PipelinePlan.SinkPlan(name: topic, sink: try KafkaSinkKind().make(options, context))
            }
            guard let sink = run.config.sinks.first(where: { $0.name == pass.sink }) else {
                throw MillraceError(.internal, "no sink \(pass.sink)")
            }
            // Kafka alone has a form for a record without a payload.
            let counter = run.isDry ? CountingSink(takesTombstones: sink.kind.name == "kafka") : nil
            let options = sink.kind.name == "kafka" ? RedriveRun.prompt(sink.options) : nil
            var made = try builder.make(sink, 0, replacement: counter, options: options)
            // It was asked for: what it lacks is not given up.
            made.isRequired = true
            made.maxLag = nil
            return made
        }
    }
}

extension RedriveItem {
    /// Which record it is.
    var name: RedriveLetters.Name {
        RedriveLetters.Name(shard: parcel.entry.origin, offset: parcel.entry.originOffset)
    }
}
