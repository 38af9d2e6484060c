import KafkaConnector
import Millrace
import MillraceService
import Platform

/// What a seek says. Pure.
struct SeekText {
    let moves: [SeekMove]
    let group: String
    /// The config's path, for commands that are printed.
    let path: String
    let order: SeekOrder
    /// Where a group begins that has never committed, as the config has it.
    let start: String
    let now: Timestamp

    /// The shards with where they stand, and where they would or do.
    func table(width: Int) -> String {
        var table = TextTable(
            ["SHARD", "BEFORE", "AFTER", "AGAIN", "SKIPPED", "LOG", "SET BY"], right: [1, 2, 3, 4])
        for move in moves {
            table.add([
                move.shard.description, move.before.map { Figures.count($0) } ?? "(\(start))",
                Figures.count(move.after), count(move.again), count(move.skipped),
                "\(Figures.count(move.log.lowerBound))..\(Figures.count(move.log.upperBound))",
                author(move),
            ])
        }
        return table.lines(width: width).map { $0 + "\n" }.joined()
    }

    /// What was done, and how to undo it.
    var done: String {
        let moved = moves.filter { !$0.isNothing }
        guard !moved.isEmpty else { return "nothing to move: group \(group) stands there already\n" }
        return "moved \(head(moved)) \(sums(moved))\n" + undo(moved)
    }

    /// What would be done, and how to do it.
    var dryRun: String {
        let moved = moves.filter { !$0.isNothing }
        guard !moved.isEmpty else { return "nothing to move: group \(group) stands there already\n" }
        var words = ["millrace seek \(path) --to \(order.to)"]
        words += Set(order.shards).sorted().map { "--shard \($0)" } + ["--apply"]
        return
            "would move \(head(moved)) \(sums(moved))\nnothing was changed; to do it: \(words.joined(separator: " "))\n"
    }

    private func head(_ moved: [SeekMove]) -> String {
        "\(JobText.counted(moved.count, "shard")) of group \(group):"
    }

    private func sums(_ moved: [SeekMove]) -> String {
        let again = moved.reduce(0) { $0 + Int($1.again) }
        let skipped = moved.reduce(0) { $0 + Int($1.skipped) }
        var parts: [String] = []
        if again > 0 { parts.append("\(JobText.counted(again, "record")) will be read again, by every sink") }
        if skipped > 0 { parts.append("\(JobText.counted(skipped, "record")) will be skipped, by every sink") }
        return parts.isEmpty ? "no record is repeated or skipped" : parts.joined(separator: "; ")
    }

    private func undo(_ moved: [SeekMove]) -> String {
        var places: [(to: String, shards: [ShardID])] = []
        var lines: [String] = []
        for move in moved {
            if let before = move.before, !(move.log.lowerBound...move.log.upperBound).contains(before) {
                lines.append("no way back for \(move.shard): it stood at \(before), which the log no longer has")
                continue
            }
            let to = move.before.map { "\($0)" } ?? start
            if let index = places.firstIndex(where: { $0.to == to }) {
                places[index].shards.append(move.shard)
            } else {
                places.append((to, [move.shard]))
            }
        }
        for (index, place) in places.enumerated() {
            let shards = place.shards.map { " --shard \($0)" }.joined()
            lines.append("\(index == 0 ? "undo:" : "     ") millrace seek \(path) --to \(place.to)\(shards) --apply")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func count(_ value: Int64) -> String { value == 0 ? "-" : Figures.count(value) }

    private func author(_ move: SeekMove) -> String {
        guard move.before != nil else { return "nobody yet" }
        guard let trace = move.trace else {
            return CommitTrace.read(move.metadata).cursors.hasPrefix("1") ? "a worker" : "another program"
        }
        let age = JobText.time(max(0, now.milliseconds - trace.time.milliseconds))
        let tool = trace.tool == .seek ? "seek" : "worker"
        return "\(tool) \(trace.who) \(age) ago"
    }
}
