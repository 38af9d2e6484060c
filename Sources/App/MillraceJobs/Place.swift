import Millrace
import MillraceConfig
import Platform

/// A place in the log as a command line names it: `--from`, `--to`, `--since`, `seek --to`.
public enum Place: Sendable, Hashable {
    /// The first record that the log has.
    case earliest
    /// Behind the last record, as it stands now.
    case latest
    /// The present moment: as ``latest`` in a log.
    case now
    /// The first record of this time or later, milliseconds since 1970.
    case time(Int64)
    /// So many milliseconds before the present moment.
    case ago(Int64)
    /// An offset of the shards that are named.
    case offset(Int64)

    /// Reads `earliest`, `latest`, `now`, RFC 3339, `-2h` or a number; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "earliest": self = .earliest
        case "latest": self = .latest
        case "now": self = .now
        default:
            if text.allSatisfy({ ("0"..."9").contains($0) }), let offset = Int64(text) {
                self = .offset(offset)
            } else if text.hasPrefix("-"), let age = try? DurationText.milliseconds(String(text.dropFirst())) {
                self = .ago(age)
            } else if let time = Timestamp(rfc3339: text) {
                self = .time(time.milliseconds)
            } else {
                return nil
            }
        }
    }

    /// The offset that it is, which means something in a shard alone.
    var bareOffset: Int64? { if case .offset(let offset) = self { offset } else { nil } }

    /// How it may be written, for messages.
    public static let form = "earliest, latest, now, an RFC 3339 time, an age such as -2h, or an offset"

    /// The moment it means at `now`, milliseconds since 1970; nil for a place that is none.
    public func moment(at now: Int64) -> Int64? {
        switch self {
        case .time(let time): time
        case .ago(let age): now - age
        case .now: now
        case .earliest: 0
        case .latest, .offset: nil
        }
    }
}

extension ShardID {
    /// Reads `topic:partition`; nil for anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let partition = Int32(text[text.index(after: colon)...]), partition >= 0
        else { return nil }
        self.init(topic: String(text[..<colon]), partition: partition)
    }
}
