import Millrace
import MillraceEngine
import Platform

/// Every metric that a worker exports. A new one is a counter and a row here; docs and dashboards are checked against it.
enum MetricTable {
    static let all: [Metric] = records + shards + sinks + worker + process

    /// The whole answer to a scrape. `labels` keeps what is the same at the next one.
    static func text(_ readout: Readout, _ labels: MetricLabels = MetricLabels()) -> [UInt8] {
        let source = MetricSource(readout, labels)
        var text = MetricText(capacity: 8192 + 2048 * source.books.count * max(1, source.sinks.count))
        for metric in all {
            text.begin(metric)
            metric.write(source, &text)
        }
        return text.bytes
    }

    private static let records: [Metric] = [
        .perBooks(
            "millrace_records_read_total",
            "Records read from the source, those that were read again included. Per sink it is the sum of what became of "
                + "them: delivered, filtered, dead-lettered, abandoned, returned, rewound and in flight."
        ) { $0.map(\.read).max() ?? 0 },
        .perSinkBooks(
            "millrace_records_filtered_total",
            "Records that were not meant for the sink: dropped by a filter or by its `when`. What a filter drops for all "
                + "sinks counts at each."
        ) { $0.filtered },
        .perSinkBooks(
            "millrace_records_delivered_total", "Records that the sink has for good."
        ) { $0.delivered },
        Metric(
            "millrace_records_dead_lettered_total", .counter, ["topic", "partition", "sink", "reason"],
            "Records that the dead letter topic has instead of the sink, by why. What dies before the sinks counts at each."
        ) { source, text in
            let places = source.readout.tally.dead.sorted {
                ($0.key.shard, $0.key.sink, $0.key.reason) < ($1.key.shard, $1.key.sink, $1.key.reason)
            }
            for (place, count) in places {
                let labels = MetricText.labels(MetricSource.labels(place.shard), source.sinks[place.sink])
                text.sample(labels, MetricText.label("reason", place.reason), count)
            }
        },
        .perSinkBooks(
            "millrace_records_abandoned_total",
            "Records that an optional sink was given up on: it was further behind than its max_lag."
        ) { $0.abandoned },
        .perSinkBooks(
            "millrace_records_returned_total",
            "Records handed back undone when shards were taken away or the worker ended: they are read again."
        ) { $0.returned },
        .perSinkBooks(
            "millrace_records_rewound_total",
            "Records read again because a sink lost what it had accepted."
        ) { $0.rewound },
        Metric(
            "millrace_records_in_flight", .gauge, ["topic", "partition", "sink"],
            "Records that were read and are not safe at the sink yet, nor anything else that the books know."
        ) { source, text in
            for shard in source.books {
                for (sink, books) in shard.books.enumerated() {
                    text.sample(shard.labels.sinks[sink], [], books.inFlight)
                }
            }
        },
        Metric(
            "millrace_dead_letters_written_total", .counter, ["stage", "reason"],
            "Dead letters written, by the stage that failed and why. A record that fails at two sinks is two letters."
        ) { source, text in
            let kinds = source.readout.tally.letters.sorted {
                ($0.key.stage, $0.key.reason) < ($1.key.stage, $1.key.reason)
            }
            for (kind, count) in kinds {
                text.sample(MetricText.label("stage", kind.stage), MetricText.label("reason", kind.reason), count)
            }
        },
    ]

    private static let shards: [Metric] = [
        .perShard(
            "millrace_shard_checkpoint_offset",
            "The lowest offset of the shard that is not safe at every required sink: what is committed."
        ) { shard, _ in Double(shard.checkpoint) },
        .perShard(
            "millrace_shard_checkpoint_age_seconds",
            "How long the checkpoint has stood still although there is something behind it; 0 without lag. The one to alert "
                + "on: it rises whatever the shard is stuck on."
        ) { shard, readout in Double(readout.history.checkpointAge(shard.shard, now: readout.now)) / 1000 },
        .perShard(
            "millrace_shard_lag_records", "Offsets between the checkpoint and the end of the shard's log."
        ) { shard, readout in readout.lag(shard).map(Double.init) },
        .perShard(
            "millrace_shard_lag_seconds",
            "How long ago the oldest record was produced that is not safe yet; 0 without lag."
        ) { shard, readout in readout.lagTime(shard).map { Double($0) / 1000 } },
        Metric(
            "millrace_shard_waiting", .gauge, ["topic", "partition", "reason"],
            "1 for what the shard waits for: nothing of ours for input, else parked, paused, dlq, suspect_outage, breaker, "
                + "retry or full with the sink, drain, credit or broker. No sample while it moves."
        ) { source, text in
            for (index, labels) in source.shards.enumerated() {
                if let waiting = source.readout.waiting(source.readout.snapshot.shards[index]) {
                    text.sample(labels.plain, MetricText.label("reason", waiting.reason), 1)
                }
            }
        },
        Metric(
            "millrace_sink_lead_records", .gauge, ["topic", "partition", "sink"],
            "How far the sink is ahead of the shard's checkpoint, in offsets; an optional sink that lags is below 0."
        ) { source, text in
            for (index, labels) in source.shards.enumerated() {
                let (cursors, checkpoint) = source.cursors(index)
                for sink in cursors.indices { text.sample(labels.sinks[sink], [], cursors[sink] - checkpoint) }
            }
        },
    ]

    private static let sinks: [Metric] = [
        Metric(
            "millrace_deliveries_total", .counter, ["sink", "outcome"],
            "Deliveries (parts of batches) that the sink has answered: delivered, or the class of the first failure: "
                + "transient, poison, rejected, untried, fatal."
        ) { source, text in
            for (index, sink) in source.readout.tally.sinks.enumerated() {
                for (outcome, count) in zip(Tally.Outcome.allCases, sink.outcomes) {
                    text.sample(source.sinks[index], MetricText.label("outcome", outcome.rawValue), count)
                }
            }
        },
        Metric(
            "millrace_delivery_duration_seconds", .histogram, ["sink"],
            "From handing a delivery to the sink to its answer that it is safe, or that it failed."
        ) { source, text in
            for (index, sink) in source.readout.tally.sinks.enumerated() {
                text.samples(source.sinks[index], sink.durations)
            }
        },
        Metric(
            "millrace_breaker_state", .gauge, ["sink"],
            "0 closed, 1 half open, 2 open. Open means that the sink counts as down: nothing is dead-lettered, shards wait."
        ) { source, text in
            for (index, sink) in source.readout.tally.sinks.enumerated() {
                text.sample(source.sinks[index], [], sink.breaker.number)
            }
        },
        Metric(
            "millrace_batch_records", .histogram, [], "Records in a batch as it was read. Full ones speak of a backlog."
        ) { source, text in text.samples([], source.readout.tally.batches) },
    ]

    private static let worker: [Metric] = [
        Metric(
            "millrace_memory_bytes", .gauge, ["part"],
            "Memory in use: batches (what the engine holds of records) and resident (the whole process)."
        ) { source, text in
            text.sample(MetricText.label("part", "batches"), [], source.readout.batchBytes)
            if let resident = source.resident {
                text.sample(MetricText.label("part", "resident"), [], resident)
            }
        },
        Metric(
            "millrace_memory_limit_bytes", .gauge, ["part"],
            "How limits.memory is split: prefetch, batches, sinks; total is the whole."
        ) { source, text in
            let memory = source.readout.facts.memory
            for (part, bytes) in [
                ("prefetch", memory.prefetch), ("batches", memory.batches), ("sinks", memory.sinks),
                ("total", source.readout.facts.memoryLimit),
            ] {
                text.sample(MetricText.label("part", part), [], bytes)
            }
        },
        Metric(
            "millrace_build_info", .gauge, ["pipeline", "version", "config_sha"],
            "1; its labels say which pipeline, version and config run."
        ) { source, text in
            let facts = source.readout.facts
            text.sample(
                MetricText.labels(
                    MetricText.label("pipeline", facts.pipeline), MetricText.label("version", facts.version),
                    MetricText.label("config_sha", String(facts.text.sha.prefix(12)))), [], 1)
        },
        .single("millrace_ready", .gauge, "1 while /readyz says ready: the worker can do all its work.") {
            $0.troubles.isEmpty ? 1 : 0
        },
        .single("millrace_shards", .gauge, "Shards that this worker owns.") { Double($0.snapshot.shards.count) },
        .single(
            "millrace_snapshot_age_seconds", .gauge,
            "How old these numbers are. Above a second a lane does not answer; above 30 s a restart helps."
        ) { Double($0.age) / 1000 },
        .single(
            "millrace_commit_failures_total", .counter,
            "Commits of checkpoints that were refused or got no answer. The next one makes up for it, unless the shards "
                + "have another owner by then."
        ) { Double($0.commitFailures) },
        .single(
            "millrace_rebalances_total", .counter, "How often shards were assigned to this worker anew."
        ) { Double($0.tally.lastEpoch) },
        .single(
            "millrace_offset_gaps_total", .counter,
            "Jumps in the offsets: what the log had lost, and holes of its own (compaction, transactions)."
        ) { Double($0.tally.gaps) },
        .single(
            "millrace_records_lost_total", .counter,
            "Offsets that the log no longer had when they were due: lost for good. Raise the topic's retention."
        ) { Double($0.tally.lost) },
    ]

    private static let process: [Metric] = [
        .single("process_cpu_seconds_total", .counter, "Time on a core, user and system.") { _ in
            let times = Process.times()
            return Double(times.user + times.system) / 1e9
        },
        Metric("process_resident_memory_bytes", .gauge, [], "Memory of the process that lies in RAM.") { source, text in
            if let resident = source.resident { text.sample([], [], resident) }
        },
        .single("process_open_fds", .gauge, "Open file descriptors.") { _ in
            Process.openDescriptors().map(Double.init)
        },
        .single("process_start_time_seconds", .gauge, "When the process started, since 1970-01-01T00:00:00Z.") {
            Double($0.facts.startedAt.milliseconds) / 1000
        },
    ]
}

extension BreakerChange {
    /// As the metric has it.
    fileprivate var number: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .opened: 2
        }
    }
}
