import KafkaConnector
import Millrace
import MillraceConfig
import MillraceEngine
import MillraceService
import Platform

/// Reads a range of the source's log again and sends it through the pipeline: decode, transforms and the chosen sinks.
///
/// The live group is not joined and nothing of it is committed. Progress is kept in the state folder once a second, with the
/// sinks' cursors, so that an interrupted replay goes on; what was delivered after the last word of it is delivered again. Every
/// sink that was chosen counts as required.
public struct Replay {
    let config: PipelineConfig
    /// The config's path, for commands that are printed.
    let path: String
    let order: ReplayOrder
    let folder: StateFolder
    let notes: any NoteTaker

    /// A replay for the pipeline of `config`.
    public init(
        _ config: PipelineConfig, path: String, order: ReplayOrder, folder: StateFolder, notes: any NoteTaker
    ) {
        self.config = config
        self.path = path
        self.order = order
        self.folder = folder
        self.notes = notes
    }

    /// Runs it to its end; the exit code.
    public func run(_ view: any JobView) throws(MillraceError) -> Int32 {
        let cluster = try KafkaCluster(source: config.source.options)
        let isDry = order.sinks == .none
        let identity = order.identity(config.name)
        let name = "replay-\(config.name)-\(ReplayProgress.digest(identity)).json"
        let file: StateFile<ReplayProgress>? =
            isDry ? nil : try StateFile(name, in: folder, work: "replay")
        let kept = try earlier(file)
        let log = try SourceLog(cluster, name: "\(config.name)-replay", timeout: order.timeout)
        defer { log.close() }
        let known = try log.shards(of: config.source.options.strings("topics"))
        try order.check(config.sinks.map(\.name), known)
        if !isDry {
            let look = SinkLook(source: config.source, timeout: order.timeout)
            for sink in chosen { try look.check(sink.kind, sink.options) }
        }
        let progress: ReplayProgress
        if let kept {
            view.say("goes on at \(kept.percent)%; it began \(kept.startedAt)")
            progress = try behindWhatExpired(kept, log, view)
        } else {
            progress = try plan(identity, known, log, view)
        }
        let run = ReplayRun(replay: self, view: view, isDry: isDry, configuration: log.configuration)
        return try run.run(progress, file)
    }

    /// `kept`, beginning where the logs begin now: what expired since it was kept is said.
    private func behindWhatExpired(
        _ kept: ReplayProgress, _ log: SourceLog, _ view: any JobView
    ) throws(MillraceError) -> ReplayProgress {
        var progress = kept
        let open = kept.shards.indices.filter { !kept.shards[$0].isDone }
        let extents = try log.extents(of: open.map { kept.shards[$0].id })
        for (index, extent) in zip(open, extents) {
            let shard = kept.shards[index]
            let first = min(extent.log.lowerBound, shard.to)
            guard first > shard.checkpoint else { continue }
            view.say(
                "\(shard.id): \(shard.checkpoint)..<\(first) has expired; the log begins at \(extent.log.lowerBound)")
            progress.shards[index].checkpoint = first
            progress.shards[index].metadata = nil
            progress.shards[index].isDone = first == shard.to
        }
        return progress
    }

    /// The progress to go on from, nil to begin anew.
    private func earlier(_ file: StateFile<ReplayProgress>?) throws(MillraceError) -> ReplayProgress? {
        guard let file else {
            if order.start == .resume {
                throw MillraceError(.usage, "a dry run keeps no progress", remedy: "leave --resume out, or name a sink")
            }
            return nil
        }
        let kept = try file.read()
        switch (order.start, kept) {
        case (.restart, _), (.fresh, nil): return nil
        case (.resume, let kept?): return kept
        case (.resume, nil):
            throw MillraceError(
                .usage, "there is no progress of this replay in \(folder.path)",
                remedy: "leave --resume out to begin; --state DIR names another folder")
        case (.fresh, let kept?):
            throw MillraceError(
                .usage, "this replay was interrupted at \(kept.percent)% (begun \(kept.startedAt))",
                remedy: "--resume goes on from there, --restart begins anew")
        }
    }

    /// The ranges of the logs as they stand now.
    private func plan(
        _ identity: String, _ known: [ShardID], _ log: SourceLog, _ view: any JobView
    ) throws(MillraceError) -> ReplayProgress {
        let now = Timestamp.now()
        let shards = order.shards.isEmpty ? known : Set(order.shards).sorted()
        let extents = try log.extents(of: shards)
        guard let from = Place(order.from), let to = order.to.map({ Place($0) }) ?? .latest else {
            throw MillraceError(.internal, "a place that was checked is none")
        }
        let starts = try log.offsets(of: from, in: extents, now: now.milliseconds)
        let ends = try log.offsets(of: to, in: extents, now: now.milliseconds)
        // What has expired at the front is said below; it is no mistake of the range.
        if from != .earliest, order.to != nil, zip(starts, ends).allSatisfy({ $0 > $1 }) { throw order.backward() }
        var found: [ReplayProgress.Shard] = []
        for (index, extent) in extents.enumerated() {
            let range = ReplayRange(extent.shard, extent.log, from: starts[index], to: ends[index])
            for line in range.remarks(from) { view.say(line) }
            found.append(
                ReplayProgress.Shard(
                    topic: extent.shard.topic, partition: extent.shard.partition, from: range.from, to: range.to,
                    checkpoint: range.from, metadata: nil, isDone: range.from == range.to))
        }
        let id = "\(ReplayProgress.digest(identity))-\(now.milliseconds / 1_000)"
        return ReplayProgress(
            id: id, identity: identity, startedAt: now.rfc3339, sinks: chosen.map(\.name), shards: found)
    }

    /// The sinks that are given records: all of them in a dry run.
    var chosen: [PipelineConfig.Sink] {
        guard case .some(let names) = order.sinks else { return config.sinks }
        return config.sinks.filter { names.contains($0.name) }
    }
}

/// The part of a shard's log that is replayed. Pure.
struct ReplayRange: Hashable {
    let shard: ShardID
    /// The first offset.
    let from: Int64
    /// The first that is not part of it.
    let to: Int64
    private let log: Range<Int64>
    private let wanted: Int64
    private let wantedEnd: Int64

    /// What there is of the offsets from `wanted` up to, not including, `end`, in a log of `log`.
    init(_ shard: ShardID, _ log: Range<Int64>, from wanted: Int64, to end: Int64) {
        self.shard = shard
        self.log = log
        self.wanted = wanted
        wantedEnd = end
        from = min(max(wanted, log.lowerBound), log.upperBound)
        to = max(from, min(end, log.upperBound))
    }

    /// What is to be said of it.
    func remarks(_ place: Place) -> [String] {
        var lines: [String] = []
        if case .offset = place {
            if wanted < from {
                lines.append(
                    "\(shard): \(wanted)..<\(min(from, max(wanted, wantedEnd))) has expired; the log begins at \(from)")
            }
        } else if place != .earliest, place != .latest, place != .now, from == log.lowerBound, from > 0 {
            lines.append("\(shard): the log begins at \(from); what it had before that has expired")
        }
        if wantedEnd > log.upperBound { lines.append("\(shard): the log ends at \(log.upperBound) now") }
        return lines
    }
}
