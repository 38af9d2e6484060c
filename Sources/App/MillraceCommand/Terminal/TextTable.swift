/// Rows under headings, for a view: columns as wide as what stands in them. Where the terminal is too narrow, the columns
/// that matter least are left out whole.
struct TextTable: Sendable {
    /// A column.
    struct Column: Sendable {
        /// What stands above it.
        let title: String
        /// Whether its texts end below each other, as numbers do.
        let isNumber: Bool
        /// Columns of a higher rank are left out first; one of rank 0 never is.
        let rank: Int
        /// The least width, so that a column does not jump about as its numbers grow.
        let width: Int
        /// Whether it takes what room the others leave, and its texts are cut there.
        var takesRest = false

        /// A column of texts.
        static func text(_ title: String, rank: Int = 0, width: Int = 0) -> Column {
            Column(title: title, isNumber: false, rank: rank, width: width)
        }

        /// The last column, for texts of any length.
        static func rest(_ title: String, rank: Int = 0) -> Column {
            Column(title: title, isNumber: false, rank: rank, width: 0, takesRest: true)
        }

        /// A column of numbers.
        static func number(_ title: String, rank: Int = 0, width: Int = 0) -> Column {
            Column(title: title, isNumber: true, rank: rank, width: width)
        }
    }

    private let columns: [Column]
    private let rows: [[StyledText]]

    /// Columns, and rows that have a text for each of them.
    init(_ columns: [Column], rows: [[StyledText]]) {
        self.columns = columns
        self.rows = rows
    }

    /// The heading and the rows, for a terminal of `width` columns; they may still be wider where no column can go.
    func lines(width: Int) -> [StyledText] {
        var kept = Array(columns.indices)
        while total(kept) > width, let worst = kept.filter({ columns[$0].rank > 0 }).max(by: isKeptLonger) {
            kept.removeAll { $0 == worst }
        }
        let heading = line(kept) { StyledText(columns[$0].title, .dim) }
        return [heading] + rows.map { row in line(kept) { row[$0] } }
    }

    /// Of columns of one rank the last goes first.
    private func isKeptLonger(_ left: Int, _ right: Int) -> Bool {
        (columns[left].rank, left) < (columns[right].rank, right)
    }

    private func total(_ kept: [Int]) -> Int { kept.reduce(-2) { $0 + width(of: $1) + 2 } }

    private func width(of column: Int) -> Int {
        if columns[column].takesRest { return columns[column].title.count }
        return rows.reduce(max(columns[column].title.count, columns[column].width)) { max($0, $1[column].width) }
    }

    private func line(_ kept: [Int], _ cell: (Int) -> StyledText) -> StyledText {
        var line = StyledText("")
        for (place, column) in kept.enumerated() {
            let isLast = place == kept.count - 1
            let text = cell(column)
            let isPadded = columns[column].isNumber || !isLast
            line += isPadded ? text.padded(to: width(of: column), leading: columns[column].isNumber) : text
            if !isLast { line += "  " }
        }
        return line
    }
}
