/// A place in a text, line and column counted from 1; columns in Unicode scalars.
public struct YAMLPlace: Hashable, Comparable, Sendable {
    /// The line. Line feeds, carriage returns, both together, and Unicode's three others end a line.
    public let line: Int
    /// The column.
    public let column: Int

    /// The place of that line and column.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Whether `left` comes first in the text.
    public static func < (left: YAMLPlace, right: YAMLPlace) -> Bool {
        left.line != right.line ? left.line < right.line : left.column < right.column
    }
}

extension YAMLPlace: CustomStringConvertible {
    /// `line:column`
    public var description: String { "\(line):\(column)" }
}

/// A stretch of a text.
public struct YAMLRange: Hashable, Sendable {
    /// Its first place.
    public let start: YAMLPlace
    /// The place behind its last.
    public let end: YAMLPlace

    /// From `start` up to `end`.
    public init(_ start: YAMLPlace, _ end: YAMLPlace) {
        self.start = start
        self.end = end
    }

    /// How many columns it covers on its line; at least 1, and 1 when it goes over several lines.
    public var width: Int { start.line == end.line ? max(end.column - start.column, 1) : 1 }
}
