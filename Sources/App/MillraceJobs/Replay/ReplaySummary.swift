import Millrace
import MillraceConfig
import MillraceEngine
import MillraceService

/// What a replay says at its end. Pure.
struct ReplaySummary {
    let replay: Replay
    /// How far it is.
    let progress: ReplayProgress
    /// How far it was when this run began.
    let start: ReplayProgress
    let outcome: JobRun.Outcome
    /// The names of the sinks, in the order of the books.
    let sinks: [String]
    /// Milliseconds.
    let took: Int64
    /// Bytes that were read.
    let bytes: Int

    /// Whether every shard reached its end.
    var isDone: Bool { progress.shards.allSatisfy(\.isDone) }

    /// What the log lost while it was read.
    var losses: [String] {
        outcome.heard.lost.map { shard, offsets in
            "\(shard): \(offsets.lowerBound)..<\(offsets.upperBound) expired before it was read"
        }
    }

    /// The lines of a real run.
    var text: String {
        var lines: [String] = []
        let shards = "\(progress.finished) of \(JobText.counted(progress.shards.count, "shard"))"
        if isDone {
            let ends = progress.shards.count == 1 ? "its end" : "their ends"
            lines.append(
                "replay done in \(JobText.time(took)), \(shards) reached \(ends); "
                    + "group \(replay.config.group) untouched")
        } else {
            lines.append("replay stopped at \(progress.percent)% \(why); \(shards) at an end")
            lines.append("  the same command with --resume goes on from there")
        }
        lines += books + holes
        if outcome.heard.letters > 0 {
            let count = JobText.counted(outcome.heard.letters, "dead letter")
            lines.append(
                "  \(count) in the dead letter topic, with the header millrace.replay: "
                    + "millrace dlq list \(replay.path)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The lines of a dry run, whose sinks would have been given `delivered` bytes each.
    func dryRun(_ delivered: [Int], _ letters: CountingLetters?) -> String {
        var lines: [String] = []
        let shards = JobText.counted(progress.shards.count, "shard")
        let head = isDone ? "dry run" : "dry run stopped at \(progress.percent)%"
        lines.append(
            "\(head): \(JobText.counted(read, "record")), \(JobText.size(bytes)) of \(shards) in "
                + "\(JobText.time(took)); nothing was delivered")
        guard let snapshot = outcome.snapshot else { return lines[0] + "\n" }
        for (index, name) in sinks.enumerated() {
            let books = snapshot.books[index]
            lines.append(
                "  \(name): \(Figures.count(books.delivered)) delivered (\(JobText.size(delivered[index]))), "
                    + "\(Figures.count(books.filtered)) filtered, \(Figures.count(books.deadLettered)) dead")
        }
        lines += holes
        let counts = letters?.counts.sorted { ($1.value.count, $0.key.stage) < ($0.value.count, $1.key.stage) } ?? []
        if !counts.isEmpty { lines.append("would be dead letters:") }
        for (kind, count) in counts.prefix(ReplaySummary.mostKinds) {
            lines.append("  \(Figures.count(count.count))  \(kind.stage)  \(kind.reason)  \(count.error)")
        }
        if counts.count > ReplaySummary.mostKinds {
            lines.append("  and \(counts.count - ReplaySummary.mostKinds) other kinds")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static let mostKinds = 10

    private var read: Int { outcome.snapshot?.read ?? 0 }

    private var why: String {
        switch outcome.ending {
        case .signal(let signal): "by \(signal)"
        case .parked(let why): "because \(why)"
        case .failed: "by an error"
        case .done: "before all was safe"
        }
    }

    private var books: [String] {
        guard let snapshot = outcome.snapshot else { return [] }
        return sinks.enumerated().map { index, name in
            let books = snapshot.books[index]
            var parts = [
                "filtered \(Figures.count(books.filtered))", "delivered \(Figures.count(books.delivered))",
            ]
            for (word, count) in [
                ("dead", books.deadLettered), ("rewound", books.rewound), ("returned", books.returned),
                ("in flight", books.inFlight),
            ] where count > 0 { parts.append("\(word) \(Figures.count(count))") }
            let verdict = books.isBalanced && books.read == snapshot.read ? "books balanced" : "BOOKS DO NOT BALANCE"
            return "  \(name): read \(Figures.count(books.read)) = \(parts.joined(separator: " + ")) (\(verdict))"
        }
    }

    /// Offsets of what was read in this run that no record came of. What counts as rewound was read twice, or came to a
    /// sink before an interruption: where there is any, only the least is known.
    private var holes: [String] {
        guard let books = outcome.snapshot?.books.first else { return [] }
        let lost = outcome.heard.lost.reduce(0) { $0 + $1.offsets.count }
        let count = progress.done - start.done - lost - (books.read - books.returned)
        guard isDone, count > 0 else { return [] }
        let offsets = JobText.counted(count, "offset")
        let most = books.rewound > 0 ? "at least \(offsets)" : offsets
        return ["  \(most) of the range hold no record (compacted, or markers of transactions)"]
    }
}
