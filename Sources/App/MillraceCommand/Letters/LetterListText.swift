import Millrace
import MillraceJobs
import Platform

/// What `dlq list` shows: reasons with a bar each, causes, the newest letters, and what to type next. Pure.
struct LetterListText {
    let survey: LetterSurvey
    let topic: String
    let partitions: Int
    /// The config's path, for commands.
    let path: String
    /// The filter as options, for commands; empty for none.
    let filter: String
    /// The pipeline's name.
    let pipeline: String
    /// The present, milliseconds since 1970.
    let now: Int64

    private static let mostKinds = 10
    private static let widestBar = 40

    /// The lines for a terminal of `width` columns.
    func lines(width: Int) -> [StyledText] {
        var lines = head
        if survey.total.letters > 0 {
            lines += [""] + reasons(width) + [""] + causes(width)
            if !survey.newest.isEmpty { lines += [""] + newest(width) }
        }
        lines += foreign
        lines += next
        return lines.map { $0.cut(to: width) }
    }

    private var head: [StyledText] {
        var parts = "\(counted(survey.total.letters, "letter")) in \(counted(partitions, "partition"))"
        let redriven = survey.total.letters - survey.total.left
        if redriven > 0 { parts += ", \(Figures.grouped(redriven)) redriven" }
        var lines = [StyledText("DEAD LETTERS  ", .dim) + StyledText(topic, .bold) + StyledText("   " + parts)]
        if let times = survey.times {
            let ends = [times.lowerBound, times.upperBound].map { Timestamp(milliseconds: $0) }
            let last = ends[0].date == ends[1].date ? clock(ends[1]) : moment(ends[1])
            lines.append(StyledText("written \(moment(ends[0])) to \(last) (UTC)", .dim))
        }
        if survey.pipelines.contains(where: { $0.key != pipeline }) {
            let others = survey.pipelines.filter { $0.key != pipeline }.sorted { $0.key < $1.key }
            let names = others.prefix(3).map { "\($0.key) \(Figures.grouped($0.value))" }
            let more = others.count > 3 ? " and \(others.count - 3) more" : ""
            lines.append(StyledText("of other pipelines: \(names.joined(separator: ", "))\(more)", .warning))
        }
        return lines
    }

    private func reasons(_ width: Int) -> [StyledText] {
        let most = survey.sortedReasons.first?.count.letters ?? 1
        let room = max(8, min(LetterListText.widestBar, width - 36))
        return TextTable(
            [.text("REASON", width: 10), .number("LETTERS"), .number("LEFT"), .text("")],
            rows: survey.sortedReasons.map { reason, count in
                let cells = max(1, count.letters * room / max(1, most))
                return [
                    StyledText(reason), StyledText(Figures.grouped(count.letters)),
                    StyledText(Figures.grouped(count.left)), StyledText(String(repeating: "#", count: cells), .warning),
                ]
            }
        ).lines(width: width)
    }

    private func causes(_ width: Int) -> [StyledText] {
        let kinds = survey.sortedKinds
        var lines = TextTable(
            [
                .number("LETTERS"), .text("STAGE"), .text("REASON", rank: 2), .text("FINGERPRINT", rank: 1),
                .rest("LAST ERROR"),
            ],
            rows: kinds.prefix(LetterListText.mostKinds).map { kind, count in
                [
                    StyledText(Figures.grouped(count.letters)), StyledText(kind.stage), StyledText(kind.reason),
                    StyledText(kind.fingerprint), StyledText(count.error),
                ]
            }
        ).lines(width: width)
        if kinds.count > LetterListText.mostKinds {
            lines.append(StyledText("and \(kinds.count - LetterListText.mostKinds) other causes", .dim))
        }
        return lines
    }

    private func newest(_ width: Int) -> [StyledText] {
        TextTable(
            [
                .number("AGE"), .text("ORIGIN"), .text("STAGE"), .text("REASON"), .number("REDRIVES", rank: 1),
                .text("", rank: 2),
            ],
            rows: survey.newest.reversed().compactMap { found in
                guard let letter = found.letter else { return nil }
                let age = found.timestamp >= 0 ? Figures.age(milliseconds: now - found.timestamp) : "-"
                return [
                    StyledText(age), StyledText("\(letter.origin):\(letter.offset)"), StyledText(letter.stage),
                    StyledText(letter.reason.rawValue), StyledText("\(letter.redrives)"),
                    StyledText(found.isRedriven ? "redriven" : "", .dim),
                ]
            }
        ).lines(width: width)
    }

    private var foreign: [StyledText] {
        guard survey.foreign > 0 else { return [] }
        let verb = survey.foreign == 1 ? "is no letter" : "are no letters"
        var lines: [StyledText] = [
            "", StyledText("\(counted(survey.foreign, "record")) of the topic \(verb) of Millrace:", .warning),
        ]
        for found in survey.firstForeign {
            if case .foreign(let why, _, _, _) = found.content { lines.append(StyledText("  \(found.place)  \(why)")) }
        }
        if survey.foreign > survey.firstForeign.count {
            lines.append(StyledText("  and \(Figures.grouped(survey.foreign - survey.firstForeign.count)) more"))
        }
        return lines
    }

    private var next: [StyledText] {
        var lines: [StyledText] = [""]
        if let last = survey.newest.last ?? survey.firstForeign.first {
            lines.append(StyledText("look at one:  millrace dlq show \(path) --origin \(last.name)"))
        }
        if survey.total.left > 0 {
            lines.append(StyledText("send again:   millrace dlq redrive \(path)\(filter) --dry-run"))
        }
        return lines.count > 1 ? lines : []
    }

    private func counted(_ value: Int, _ word: String) -> String {
        "\(Figures.grouped(value)) \(word)\(value == 1 ? "" : "s")"
    }

    private func moment(_ time: Timestamp) -> String { "\(time.date) \(clock(time))" }

    private func clock(_ time: Timestamp) -> String { String(time.rfc3339.dropFirst(11).prefix(8)) }
}
