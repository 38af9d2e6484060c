import YAML

/// The text of a config file, for the lines that messages show.
struct ConfigSource: Sendable {
    /// How messages name the file.
    let path: String
    let text: YAMLText
    /// The columns of each line that hold a secret in plain text.
    let secrets: [Int: [Range<Int>]]

    /// A line, with secrets masked, and where a column of the file is in it.
    struct Line {
        var scalars: [Unicode.Scalar]
        /// The index in `scalars` of the mark.
        var mark: Int
        var width: Int
    }

    /// The line of a mark; nil where the file has none.
    func line(_ number: Int, markedAt column: Int, width: Int) -> Line? {
        guard let text = text.line(number) else { return nil }
        var line = Line(scalars: Array(text.unicodeScalars), mark: column - 1, width: width)
        // From the right, so that the columns of those before it still hold.
        for secret in (secrets[number] ?? []).sorted(by: { $0.lowerBound > $1.lowerBound }) {
            let range = (secret.lowerBound - 1)..<min(secret.upperBound - 1, line.scalars.count)
            guard range.lowerBound < range.upperBound else { continue }
            line.scalars.replaceSubrange(range, with: Secrecy.mask.unicodeScalars)
            let shift = Secrecy.mask.unicodeScalars.count - range.count
            if line.mark >= range.upperBound {
                line.mark += shift
            } else if line.mark == range.lowerBound {
                line.width = Secrecy.mask.unicodeScalars.count
            }
        }
        line.mark = min(max(line.mark, 0), line.scalars.count)
        return line
    }
}
