import Platform

extension WorkerBoard {
    /// The board as lines for a terminal of `size`: never more of them than fit, the keys on the last one. Dead letters
    /// take the room that the rest leaves; where even that is too little, shards end first.
    func lines(_ size: Terminal.Size) -> [StyledText] {
        let story = WorkerBoard.wrapped(words, width: size.columns, style: isTrouble ? .warning : .plain)
        let head = headLines
        let sinkLines = sinkTable.lines(width: size.columns)
        let fixed = head.count + sinkLines.count + story.count + 6
        let shardLines = shardTable.lines(width: size.columns).prefix(max(2, size.rows - fixed - 2))
        let room = size.rows - fixed - shardLines.count
        var lines = head + [""] + shardLines + [""] + sinkLines + [""]
        lines += letterLines(room: max(1, room), width: size.columns)
        // The words and the keys stand at the bottom, whatever else changes.
        let bottom = [""] + story + [""]
        let above = max(0, size.rows - bottom.count - 1)
        lines = Array(lines.prefix(above))
        while lines.count < above { lines.append("") }
        return Array((lines + bottom).prefix(max(0, size.rows - 1))) + [keyLine]
    }

    private var headLines: [StyledText] {
        var first = StyledText(heading.first ?? "", .bold)
        for piece in heading.dropFirst() { first += StyledText("   " + piece) }
        var second = StyledText("read \(Figures.grouped(read))   ")
        second += isBalanced ? StyledText("books balanced", .good) : StyledText("BOOKS DO NOT BALANCE", .bad)
        second += StyledText(": filtered + delivered + dead + in flight = read", .dim)
        return [first, second]
    }

    private var shardTable: TextTable {
        TextTable(
            [
                .text("SHARD"), .number("EPOCH", rank: 3), .number("CHECKPOINT", rank: 1),
                .number("END", rank: 2, width: 7),
                .number("LAG", width: 6), .number("REC/S", rank: 1), .text("WAITING ON", rank: 0),
            ],
            rows: shards.map { shard in
                [
                    StyledText(shard.name), StyledText("\(shard.epoch)"),
                    StyledText(Figures.grouped(Int(shard.checkpoint))),
                    StyledText(shard.end.map { Figures.grouped(Int($0)) } ?? "-"),
                    StyledText(shard.end.map { Figures.grouped(Int(max(0, $0 - shard.checkpoint))) } ?? "-"),
                    WorkerBoard.rate(shard.rate), WorkerBoard.waiting(shard),
                ]
            })
    }

    private var sinkTable: TextTable {
        TextTable(
            [
                .text("SINK", width: 8), .text("NEED", rank: 4), .text("BREAKER"), .number("FILTERED", rank: 2),
                .number("DELIVERED"), .number("DEAD"), .number("IN FLIGHT", rank: 1), .number("REC/S", rank: 3),
                .rest("LAST ERROR", rank: 3),
            ],
            rows: sinks.map { sink in
                [
                    StyledText(sink.name), StyledText(sink.isRequired ? "required" : "optional"),
                    StyledText(sink.breaker, sink.isDown ? .bad : .good), StyledText(Figures.grouped(sink.filtered)),
                    StyledText(Figures.grouped(sink.delivered)), StyledText(Figures.grouped(sink.dead)),
                    StyledText(Figures.grouped(sink.inFlight)), WorkerBoard.rate(sink.rate),
                    StyledText(sink.lastError.isEmpty ? "-" : sink.lastError),
                ]
            })
    }

    /// The heading of the dead letters and as many of them as fit into `room` lines.
    private func letterLines(room: Int, width: Int) -> [StyledText] {
        let total = letterCounts.reduce(0) { $0 + $1.count }
        var heading = StyledText("DEAD LETTERS", .dim) + StyledText("  \(letterTopic) \(Figures.grouped(total))")
        for (stage, count) in letterCounts { heading += StyledText("   \(stage) \(Figures.grouped(count))", .dim) }
        guard !letters.isEmpty else { return [heading, StyledText("none", .dim)].prefix(room).map { $0 } }
        let table = TextTable(
            [.text("", rank: 2), .text("", width: 12), .text(""), .text("", rank: 1), .rest("")],
            rows: letters.prefix(room - 1).map { letter in
                [letter.time, letter.origin, letter.stage, letter.reason, letter.error].map { StyledText($0) }
            })
        // The table's own heading is empty: the line above is one. What is too long is cut, the error first.
        return [heading] + table.lines(width: width).dropFirst()
    }

    private var keyLine: StyledText {
        var line = StyledText("")
        for (place, (key, meaning)) in keys.enumerated() {
            line += StyledText(place == 0 ? "" : "   ") + StyledText(" \(key) ", .inverse) + StyledText(" " + meaning)
        }
        return line
    }

    private static func rate(_ rate: Double?) -> StyledText {
        StyledText(rate.map { Figures.short(Int($0.rounded())) } ?? "-")
    }

    private static func waiting(_ shard: Shard) -> StyledText {
        guard let reason = shard.waiting else { return StyledText("-", .dim) }
        if reason == "input" { return StyledText(reason, .dim) }
        return StyledText(reason + (shard.waitingFor.map { " " + Figures.age(milliseconds: $0) } ?? ""), .warning)
    }

    /// `text` broken between words into lines of at most `width` columns.
    static func wrapped(_ text: String, width: Int, style: StyledText.Style) -> [StyledText] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let line = lines.last, line.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(line) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.map { StyledText($0, style) }
    }
}
