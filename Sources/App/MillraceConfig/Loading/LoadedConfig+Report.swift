import Millrace

extension LoadedConfig {
    /// Everything that was found, as a person reads it: place and message, the line of the file, a mark below it with what
    /// may help, and how many there were. Empty when nothing was found.
    ///
    /// ```
    /// orders.yaml:6:5: error: unknown key "topcis" in source.kafka
    ///    6 |     topcis: [orders]
    ///      |     ^^^^^^ did you mean "topics"?
    /// 1 error, nothing was started
    /// ```
    public var report: String {
        issues.isEmpty ? "" : issues.map(entry).joined() + summary + "\n"
    }

    /// How many there were: `3 errors, nothing was started`.
    public var summary: String {
        let errors = issues.count { $0.severity == .error }
        let warnings = issues.count - errors
        var parts: [String] = [Self.counted(errors, "error")]
        if warnings > 0 { parts.append(Self.counted(warnings, "warning")) }
        if errors > 0 { parts.append("nothing was started") }
        return parts.joined(separator: ", ")
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private func entry(_ issue: ConfigIssue) -> String {
        let severity = issue.severity == .error ? "error" : "warning"
        let head =
            "\(source.path):\(issue.place.line):\(issue.place.column): \(severity): \(issue.message)\n"
        guard let line = source.line(issue.place.line, markedAt: issue.place.column, width: issue.width) else {
            return head + (issue.hint.map { "     | \($0)\n" } ?? "")
        }
        let (text, indent, width) = Self.window(line)
        let number = String(issue.place.line)
        let gutter = String(repeating: " ", count: max(0, 4 - number.count)) + number
        let blank = String(repeating: " ", count: gutter.count)
        let mark = String(repeating: " ", count: indent) + String(repeating: "^", count: width)
        let hint = issue.hint.map { " " + $0 } ?? ""
        return head + "\(gutter) | \(text)\n\(blank) | \(mark)\(hint)\n"
    }

    /// What fits on 80 columns beside the gutter.
    private static let room = 73
    /// How much of a long line is shown before the mark.
    private static let before = 30

    /// The part of a line around its mark.
    private static func window(_ line: ConfigSource.Line) -> (text: String, indent: Int, width: Int) {
        // A tab or another control character would put the mark in the wrong place.
        let scalars = line.scalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        var start = 0
        if scalars.count > room, line.mark > before {
            start = line.mark - before
            // Begin with a whole word, unless that would leave nothing.
            while start < line.mark, scalars[start - 1] != " " { start += 1 }
        }
        let lead = start > 0 ? "... " : ""
        let space = room - lead.count
        let isCut = scalars.count - start > space
        let end = isCut ? start + space - 4 : scalars.count
        let text = lead + String(String.UnicodeScalarView(scalars[start..<end])) + (isCut ? " ..." : "")
        let width = max(1, min(line.width, max(end, line.mark + 1) - line.mark))
        return (text, lead.count + line.mark - start, width)
    }

    /// Everything that was found, as a program reads it: a JSON object a line with `file`, `line`, `column`, `severity`,
    /// `message` and `hint` (null where there is none).
    public var jsonLines: String {
        issues.map { issue in
            let members = [
                "\"file\":" + JSONText.quoted(source.path), "\"line\":\(issue.place.line)",
                "\"column\":\(issue.place.column)",
                "\"severity\":\"\(issue.severity == .error ? "error" : "warning")\"",
                "\"message\":" + JSONText.quoted(issue.message),
                "\"hint\":" + (issue.hint.map(JSONText.quoted) ?? "null"),
            ]
            return "{" + members.joined(separator: ",") + "}\n"
        }.joined()
    }
}
