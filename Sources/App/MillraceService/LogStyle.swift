import Millrace
import Platform

/// A log format and what it carries at a certain destination.
public struct LogStyle: Sendable, Hashable {
    /// Text or JSON.
    public let format: LogFormat
    /// Whether lines go to systemd's journal. It notes the time itself, so they have none, and it reads their level from
    /// a prefix: `<4>`.
    public let isJournal: Bool

    /// Lines in `format`, for the journal or for a terminal or file.
    public init(_ format: LogFormat, isJournal: Bool = false) {
        self.format = format
        self.isJournal = isJournal
    }

    /// Lines in `format`, for where `stream` leads to: systemd names the journal's end of a pipe in `JOURNAL_STREAM`, and
    /// only when the stream still is that end (nobody redirected it) does it count.
    ///
    /// Without a format it is text for people: on a terminal, in a file and in the journal. What goes into a pipe is read by a
    /// program, and is JSON.
    public init(_ format: LogFormat?, for stream: StandardStream) {
        self.init(format, for: stream, journal: Environment.value("JOURNAL_STREAM"))
    }

    init(_ format: LogFormat?, for stream: StandardStream, journal: String?) {
        let identity = stream.identity.map { "\($0.device):\($0.inode)" }
        let isJournal = identity != nil && identity == journal
        self.init(format ?? (stream.isPipe && !isJournal ? .json : .text), isJournal: isJournal)
    }

    /// The journal's prefix for a level, as syslog(3) numbers them.
    static func prefix(_ level: NoteLevel) -> String {
        switch level {
        case .debug: "<7>"
        case .info: "<6>"
        case .warn: "<4>"
        case .error: "<3>"
        }
    }
}
