import Millrace
import MillraceEngine

/// The log's line of every minute: the books, and how far behind the worker is.
enum MinuteLine {
    static func note(_ readout: Readout) -> Note {
        let snapshot = readout.snapshot
        var fields: [(name: String, value: String)] = [("read", "\(snapshot.read)")]
        for (sink, books) in zip(readout.facts.sinks, snapshot.books) {
            fields.append(("filtered.\(sink.name)", "\(books.filtered)"))
            fields.append(("delivered.\(sink.name)", "\(books.delivered)"))
            fields.append(("dead.\(sink.name)", "\(books.deadLettered)"))
            if books.abandoned > 0 { fields.append(("abandoned.\(sink.name)", "\(books.abandoned)")) }
        }
        let slowest = snapshot.shards.compactMap { readout.lagTime($0) }.max() ?? 0
        fields += [
            ("retries", "\(readout.tally.sinks.reduce(0) { $0 + $1.retries })"), ("lag", "\(readout.totalLag)"),
            ("lag_seconds", Figures.seconds(slowest)), ("in_flight", Figures.size(readout.batchBytes)),
            ("shards", "\(snapshot.shards.count)"),
            ("balanced", "\(snapshot.isBalanced)"),
        ]
        let troubles = readout.troubles
        if !troubles.isEmpty { fields.append(("not_ready", troubles.joined(separator: "; "))) }
        return Note(.info, "minute", fields)
    }
}
