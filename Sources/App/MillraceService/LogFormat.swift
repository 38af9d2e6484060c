/// How a log line is written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `time level event key=value…`
    case text
    /// An object a line, with the same names as members; every value is a string.
    case json
}
