import CPlatform
import Glibc

/// The screen that a stream leads to, if it leads to one.
public enum Terminal {
    /// Columns and rows.
    public struct Size: Sendable, Hashable {
        /// Characters in a line.
        public let columns: Int
        /// Lines.
        public let rows: Int

        /// `columns` characters in each of `rows` lines.
        public init(columns: Int, rows: Int) {
            self.columns = columns
            self.rows = rows
        }
    }

    /// Whether the stream is a terminal.
    public static func isTerminal(_ stream: StandardStream) -> Bool { isatty(stream.descriptor) == 1 }

    /// The size of the terminal behind the stream; `nil` when it is none, or says 0.
    public static func size(_ stream: StandardStream) -> Size? {
        var columns: Int32 = 0
        var rows: Int32 = 0
        // The call writes two integers and keeps no pointer.
        guard unsafe cp_terminal_size(stream.descriptor, &columns, &rows) == 0, columns > 0, rows > 0 else {
            return nil
        }
        return Size(columns: Int(columns), rows: Int(rows))
    }
}
