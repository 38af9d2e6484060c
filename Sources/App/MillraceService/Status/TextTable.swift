/// Columns for a terminal: as wide as they must be, the last one cut where the line ends.
public struct TextTable {
    private var rows: [[String]]
    private let right: Set<Int>

    /// A table with these headings; the columns `right` are numbers.
    public init(_ headings: [String], right: Set<Int>) {
        rows = [headings]
        self.right = right
    }

    /// Adds a row, which has a text for each heading.
    public mutating func add(_ row: [String]) { rows.append(row) }

    /// The lines, the headings first, none longer than `width`.
    public func lines(width: Int) -> [String] {
        let columns = rows[0].indices
        let widths = columns.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = columns.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return right.contains(column) ? space + row[column] : row[column] + space
            }
            return TextTable.cut(TextTable.trimmed(cells.joined(separator: "  ")), width)
        }
    }

    /// `text`, with `…` at its end where it is longer than `width`.
    static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : String(text.prefix(width - 1)) + "…"
    }

    /// `text` broken between words, lines but the first behind `indent` spaces; words longer than a line are cut.
    static func wrap(_ text: String, width: Int, indent: Int) -> [String] {
        var lines: [String] = []
        var line = String(text.prefix { $0 == " " })
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty && line.count + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: indent)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return (lines + [line]).map { cut($0, width) }
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
