/// How much a log line matters.
public enum NoteLevel: Int, Sendable, Comparable, CaseIterable {
    /// For those who look for a fault in Millrace or in librdkafka.
    case debug
    /// What happens in an ordinary life.
    case info
    /// Something to look at; the worker goes on.
    case warn
    /// Something stands still until it is put right.
    case error

    /// The natural order.
    public static func < (left: NoteLevel, right: NoteLevel) -> Bool { left.rawValue < right.rawValue }
}

/// One line for the log: an event and its fields. Never a payload, a key or a secret.
public struct Note: Sendable {
    /// How much it matters.
    public let level: NoteLevel
    /// What happened, a word or two joined by hyphens.
    public let event: String
    /// Names and values, in the order in which they are printed.
    public let fields: [(name: String, value: String)]

    /// A line about `event`.
    public init(_ level: NoteLevel, _ event: String, _ fields: [(name: String, value: String)] = []) {
        self.level = level
        self.event = event
        self.fields = fields
    }
}

/// Takes notes for the log. Thread safe, does not block on the log's destination for long; not for the record path.
public protocol NoteTaker: Sendable {
    /// Writes `note`, or counts it where the same line was just written.
    func note(_ note: Note)

    /// Whether notes of `level` are written at all: who makes many asks first. Thread safe.
    func takes(_ level: NoteLevel) -> Bool
}

extension NoteTaker {
    /// All are, unless said otherwise.
    public func takes(_ level: NoteLevel) -> Bool { true }
}
