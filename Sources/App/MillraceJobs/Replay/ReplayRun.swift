import Kafka
import KafkaConnector
import Millrace
import MillraceConfig
import MillraceEngine
import MillraceService
import Platform
import Synchronization

/// A replay whose ranges are known, from its first record to its summary.
struct ReplayRun {
    let replay: Replay
    let view: any JobView
    let isDry: Bool
    let configuration: KafkaConfiguration

    private var config: PipelineConfig { replay.config }
    private var notes: any NoteTaker { replay.notes }

    /// How often progress is kept, milliseconds.
    private static let keepInterval: Int64 = 1_000

    /// Reads what `progress` has not done; `file` keeps it.
    func run(_ progress: ReplayProgress, _ file: StateFile<ReplayProgress>?) throws(MillraceError) -> Int32 {
        let began = MonotonicClock.milliseconds()
        var parts = try Parts(self, progress)
        parts.plan.replay = isDry ? nil : progress.id
        if progress.ranges.isEmpty {
            try view.result("nothing to \(isDry ? "read" : "replay"): the range has no records\n")
            file?.remove()
            return 0
        }
        try file?.write(progress)
        let source = try KafkaRangeSource(
            progress.ranges, reader, batchRecords: config.batch.records,
            limiter: replay.order.rate.map { RateLimiter(rate: $0, now: began) }, notes: notes)
        let job = JobRun(
            plan: parts.plan, source: source, letters: parts.letters,
            notes: isDry ? DryNotes(notes) : notes, drain: config.limits.drain)
        var now = progress
        var keepAt = began
        var written = progress
        let outcome = try job.run { (snapshot, heard) throws(MillraceError) -> Bool in
            now.take(source.progress())
            let dead = snapshot?.books.reduce(0) { $0 + $1.deadLettered } ?? heard.letters
            view.progress(now.done, of: now.total, note: dead > 0 ? "dead \(dead)" : "")
            let time = MonotonicClock.milliseconds()
            if time >= keepAt && now != written {
                try file?.write(now)
                written = now
                keepAt = time + ReplayRun.keepInterval
            }
            return now.shards.allSatisfy(\.isDone)
        }
        if now != written { try file?.write(now) }
        let summary = ReplaySummary(
            replay: replay, progress: now, start: progress, outcome: outcome, sinks: parts.plan.sinks.map(\.name),
            took: MonotonicClock.milliseconds() - began, bytes: source.bytes)
        return try conclude(summary, parts, file)
    }

    /// As for the worker, with a share of the memory for each shard.
    private var reader: KafkaConfiguration {
        var configuration = configuration
        let memory = PlanBuilder(config: config, notes: notes).memory.prefetch
        let share = min(max(memory / max(1, replay.order.shards.count), 1 << 20), 4 << 20)
        configuration["queued.max.messages.kbytes"] = String(share >> 10)
        return configuration
    }

    private func conclude(
        _ summary: ReplaySummary, _ parts: Parts, _ file: StateFile<ReplayProgress>?
    ) throws(MillraceError) -> Int32 {
        for line in summary.losses { view.say(line) }
        if isDry {
            try view.result(summary.dryRun(parts.counters.map { $0.bytes.load(ordering: .relaxed) }, parts.counted))
        } else {
            try view.result(summary.text)
        }
        if summary.isDone {
            file?.remove()
            return 0
        }
        if case .failed(let error) = summary.outcome.ending { throw error }
        return 75
    }

    /// What the plan is made of.
    private struct Parts {
        var plan: PipelinePlan
        let letters: (any DeadLetterWriter)?
        /// Of a dry run, in the sinks' order.
        let counters: [CountingSink]
        /// Of a dry run.
        let counted: CountingLetters?

        init(_ run: ReplayRun, _ progress: ReplayProgress) throws(MillraceError) {
            let builder = PlanBuilder(config: run.config, notes: run.notes)
            counted = run.isDry ? CountingLetters() : nil
            if let counted { letters = counted } else { letters = try builder.makeLetters() }
            var counters: [CountingSink] = []
            var sinks: [PipelinePlan.SinkPlan] = []
            for sink in run.config.sinks where progress.sinks.contains(sink.name) {
                // Kafka alone has a form for a record without a payload.
                let counter = run.isDry ? CountingSink(takesTombstones: sink.kind.name == "kafka") : nil
                var made = try builder.make(sink, sinks.count, replacement: counter)
                // It was asked for: what it lacks is not given up.
                made.isRequired = true
                made.maxLag = nil
                sinks.append(made)
                if let counter { counters.append(counter) }
            }
            self.counters = counters
            plan = builder.plan(sinks, letters)
            plan.commitInterval = min(plan.commitInterval, ReplayRun.keepInterval)
            // An expired range is told, and stops nothing: nobody could bring it back.
            plan.parksOnGap = false
        }
    }
}
