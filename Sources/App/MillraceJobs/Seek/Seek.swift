import Kafka
import KafkaConnector
import Millrace
import MillraceConfig
import MillraceService
import Platform

/// Moves the checkpoint of a stopped group: what its worker reads next, at every sink.
///
/// The brokers' group coordinator refuses such a commit as long as the group has a member, so a worker that starts at the
/// same moment either reads from the new place or makes the seek fail, and never has its offsets changed under it.
public struct Seek {
    private let config: PipelineConfig
    private let path: String
    private let order: SeekOrder
    private let notes: any NoteTaker

    /// A seek in the group of `config`, whose file is at `path`.
    public init(_ config: PipelineConfig, path: String, order: SeekOrder, notes: any NoteTaker) {
        self.config = config
        self.path = path
        self.order = order
        self.notes = notes
    }

    /// Shows it, or does it; `width` is the terminal's. Throws 69 for a group that has members.
    public func run(_ view: any JobView, width: Int) throws(MillraceError) {
        let cluster = try KafkaCluster(source: config.source.options)
        let log = try SourceLog(
            cluster, name: "\(config.name)-seek", group: config.group, timeout: order.timeout)
        defer { log.close() }
        let group = SeekGroup(log: log, name: config.group, patience: order.timeout)
        let text = try plan(log, group, view)
        try view.result(text.table(width: width))
        try refuseLiveGroup(group)
        guard order.isApplied else { return try view.result(text.dryRun) }
        let moved = text.moves.filter { !$0.isNothing }
        if !moved.isEmpty {
            let author = CommitTrace(.seek, at: text.now)
            try group.commit(moved, author)
            notes.note(note(moved, author))
        }
        try view.result(text.done)
    }

    private func plan(
        _ log: SourceLog, _ group: SeekGroup, _ view: any JobView
    ) throws(MillraceError) -> SeekText {
        let known = try log.shards(of: config.source.options.strings("topics"))
        let place = try order.place(known)
        let shards = order.shards.isEmpty ? known : Set(order.shards).sorted()
        let committed = try group.committed(known)
        let start = config.source.options.string("start") ?? "earliest"
        if committed.isEmpty && shards.count < known.count && start != "earliest" {
            throw MillraceError(
                .usage,
                "group \(config.group) has committed nothing yet; with only some shards moved, the others would "
                    + "begin at earliest, not at \(start)",
                remedy: "first place all: millrace seek \(path) --to \(start) --apply")
        }
        let now = Timestamp.now()
        let extents = try log.extents(of: shards)
        let offsets = try log.offsets(of: place, in: extents, now: now.milliseconds)
        var moves: [SeekMove] = []
        for (extent, offset) in zip(extents, offsets) {
            try SeekMove.check(extent.shard, extent.log, offset)
            for line in remarks(place, extent, offset) { view.say(line) }
            let found = committed[extent.shard]
            moves.append(
                SeekMove(
                    shard: extent.shard, log: extent.log, before: found?.offset, after: offset,
                    metadata: found?.metadata ?? ""))
        }
        return SeekText(
            moves: moves, group: config.group, path: path, order: order, start: start,
            now: now)
    }

    /// What is to be said of a time that the log does not reach.
    private func remarks(_ place: Place, _ extent: SourceLog.Extent, _ offset: Int64) -> [String] {
        switch place {
        case .earliest, .latest, .now, .offset: return []
        case .time, .ago: break
        }
        if offset == extent.log.upperBound {
            return ["\(extent.shard): no record is as late as that; its end is taken"]
        }
        if offset == extent.log.lowerBound && offset > 0 {
            return ["\(extent.shard): the log begins at \(offset); what it had before that has expired"]
        }
        return []
    }

    private func refuseLiveGroup(_ group: SeekGroup) throws(MillraceError) {
        let members = try group.members()
        guard !members.isEmpty else { return }
        throw MillraceError(
            .unavailable, "group \(config.group) is live, so nothing was moved: \(SeekGroup.text(members))",
            remedy:
                "stop it (systemctl stop, SIGTERM), then give the command again; a worker that was killed counts as a "
                + "member until its session ends, after 10 s")
    }

    private func note(_ moves: [SeekMove], _ author: CommitTrace) -> Note {
        func list(_ offsets: [String]) -> String {
            offsets.prefix(8).joined(separator: ",") + (offsets.count > 8 ? ",…" : "")
        }
        return Note(
            .info, "seek",
            [
                ("group", config.group), ("shards", ShardRanges.text(moves.map(\.shard))),
                ("from", list(moves.map { $0.before.map { "\($0)" } ?? "-" })),
                ("to", list(moves.map { "\($0.after)" })), ("by", author.who), ("pid", "\(author.process)"),
            ])
    }
}
