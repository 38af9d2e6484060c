import Millrace
import MillraceEngine
import Platform

/// `millrace status`: how the worker stands, for a terminal of a certain width.
struct StatusText {
    private let readout: Readout
    private let width: Int
    private var lines: [String] = []

    private init(_ readout: Readout, width: Int) {
        self.readout = readout
        self.width = width
    }

    /// The lines, none longer than `width` characters (40 at the least).
    static func lines(_ readout: Readout, width: Int = 80) -> [String] {
        var text = StatusText(readout, width: max(40, width))
        text.addHead()
        text.addShards()
        text.addWaits()
        text.addSinks()
        text.addLetters()
        text.addBooks()
        return text.lines
    }

    private mutating func add(_ line: String) { lines.append(TextTable.cut(line, width)) }

    /// `text` broken between words; further lines are indented by `indent`.
    private mutating func addWrapped(_ text: String, indent: Int) {
        lines += TextTable.wrap(text, width: width, indent: indent)
    }

    private mutating func addHead() {
        let facts = readout.facts
        let up = Figures.time(readout.now - facts.startedAtTick)
        add("\(facts.pipeline)   up \(up)   version \(facts.version)   \(readout.state)")
        let troubles = readout.troubles
        if troubles.isEmpty {
            let shards = Figures.counted(readout.snapshot.shards.count, "shard")
            add("ready: \(shards), \(Figures.counted(readout.totalLag, "record")) behind")
        }
        for trouble in troubles { addWrapped("NOT READY: \(trouble)", indent: 11) }
        if readout.age > 1_000 {
            add("A lane does not answer: what follows is \(Figures.time(readout.age)) old")
        }
    }

    private mutating func addShards() {
        lines.append("")
        guard !readout.snapshot.shards.isEmpty else {
            add("no shards: the group has not given this worker any")
            return
        }
        var table = TextTable(
            ["SHARD", "EPOCH", "CHECKPOINT", "END", "LAG", "LAG(s)", "WAITS FOR"], right: [1, 2, 3, 4, 5])
        for shard in readout.snapshot.shards {
            let waiting = readout.waiting(shard)
            let time = waiting.map { " " + Figures.time(readout.time.milliseconds - $0.since.milliseconds) } ?? ""
            table.add([
                "\(shard.shard)", "\(shard.epoch)", Figures.count(shard.checkpoint),
                readout.end(shard).map { Figures.count($0) } ?? "?",
                readout.lag(shard).map { Figures.count($0) } ?? "?",
                readout.lagTime(shard).map { Figures.seconds($0) } ?? "?",
                waiting.map { $0.isTrouble || $0.reason == "paused" ? $0.reason + time : $0.reason } ?? "-",
            ])
        }
        lines += table.lines(width: width)
    }

    /// What shards wait for that is not as it should be; shards that wait for the same together.
    private mutating func addWaits() {
        var groups: [(waiting: Waiting, shards: [ShardID])] = []
        for shard in readout.snapshot.shards {
            guard let waiting = readout.waiting(shard), waiting.isTrouble || waiting.reason == "paused" else {
                continue
            }
            if let place = groups.firstIndex(where: {
                $0.waiting.reason == waiting.reason && $0.waiting.error == waiting.error
                    && (waiting.reason != "paused" || $0.waiting.next == waiting.next)
            }) {
                groups[place].shards.append(shard.shard)
            } else {
                groups.append((waiting, [shard.shard]))
            }
        }
        for group in groups {
            lines.append("")
            let since = Figures.time(readout.time.milliseconds - group.waiting.since.milliseconds)
            addWrapped(
                "\(ShardRanges.text(group.shards)) waits for \(group.waiting.reason) since "
                    + "\(clock(group.waiting.since)) (\(since))", indent: 2)
            if let error = group.waiting.error { addWrapped("  error: \(error)", indent: 9) }
            addWrapped("  next:  \(group.waiting.next)", indent: 9)
        }
    }

    private mutating func addSinks() {
        lines.append("")
        var table = TextTable(
            ["SINK", "NEED", "BREAKER", "DELIVERED", "FILTERED", "DEAD", "RETRIES", "LAST ERROR"], right: [3, 4, 5, 6])
        for (index, sink) in readout.facts.sinks.enumerated() {
            let tally = readout.tally.sinks[index]
            let books = readout.snapshot.books[index]
            table.add([
                sink.name, sink.isRequired ? "required" : "optional", tally.breaker.word,
                Figures.count(books.delivered), Figures.count(books.filtered), Figures.count(books.deadLettered),
                Figures.count(tally.retries), tally.lastFailure.map { "\(clock($0.at)) \($0.message)" } ?? "-",
            ])
        }
        lines += table.lines(width: width)
    }

    private mutating func addLetters() {
        let letters = readout.tally.lastLetters.suffix(10).reversed()
        guard !letters.isEmpty else { return }
        lines.append("")
        let kinds = readout.tally.letters.sorted { $0.value > $1.value }.prefix(3)
            .map { "\($0.key.stage) \(Figures.count($0.value))" }
        add("DEAD LETTERS  \(readout.facts.deadLetterTopic ?? "")   \(kinds.joined(separator: "   "))")
        var table = TextTable(["", "", "", "", ""], right: [])
        for letter in letters {
            table.add([clock(letter.at), "\(letter.shard):\(letter.offset)", letter.stage, letter.reason, letter.error])
        }
        lines += table.lines(width: width).dropFirst()
    }

    private mutating func addBooks() {
        lines.append("")
        let books = BooksText(readout.snapshot, sinks: readout.facts.sinks.map(\.name))
        for line in books.lines { addWrapped(line, indent: 2) }
    }

    /// The time of day.
    private func clock(_ time: Timestamp) -> String { String(time.rfc3339.dropFirst(11).prefix(8)) + "Z" }
}
