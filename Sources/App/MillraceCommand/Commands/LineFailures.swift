import Kafka
import Millrace

/// Which lines were not delivered, and why.
struct LineFailures: Sendable {
    /// Why a line was not delivered.
    enum Cause: Sendable, Hashable {
        /// The topic takes no more than this many bytes.
        case tooLarge(limit: Int)
        /// The client or the brokers said so.
        case refused(KafkaErrorCode)
    }

    /// Lines in a row, in the order in which they failed; so many at most, to bound the memory.
    private static let most = 10_000
    /// How many stretches of lines a message names.
    private static let shown = 10

    private var lines: [Cause: [ClosedRange<Int>]] = [:]
    private var counts: [Cause: Int] = [:]
    /// Records whose end is not known.
    var unanswered = 0

    /// How many were not delivered.
    var count: Int { counts.values.reduce(unanswered, +) }

    /// The line was not delivered.
    mutating func add(_ line: Int, _ cause: Cause) {
        counts[cause, default: 0] += 1
        var known = lines[cause] ?? []
        if let last = known.last, last.upperBound + 1 == line {
            known[known.count - 1] = last.lowerBound...line
        } else if known.count < Self.most {
            known.append(line...line)
        }
        lines[cause] = known
    }

    /// All of it as an error, the lowest line first; nil when all were delivered.
    func error(topic: String) -> MillraceError? {
        let causes = lines.map { (cause: $0.key, lines: Self.joined($0.value)) }
            .sorted { ($0.lines.first?.lowerBound ?? 0) < ($1.lines.first?.lowerBound ?? 0) }
        var parts = causes.map { "\(named($0.lines, $0.cause)): \(Self.text($0.cause, topic))" }
        if unanswered > 0 {
            parts.append("\(unanswered) record\(unanswered == 1 ? "" : "s"): \(KafkaErrorCode.timedOut.text)")
        }
        guard !parts.isEmpty else { return nil }
        let code = causes.first.map { Self.code($0.cause) } ?? .unavailable
        let isTogether = causes.contains { $0.cause == .refused(.messageTooLarge) && counts[$0.cause] != 1 }
        return MillraceError(
            code, parts.joined(separator: "; "),
            remedy: isTogether
                ? "the broker refuses a request as a whole: one of these lines is too large; send the others again"
                : nil)
    }

    private func named(_ lines: [ClosedRange<Int>], _ cause: Cause) -> String {
        let texts = lines.prefix(Self.shown).map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }
        let count = counts[cause] ?? 0
        let rest = lines.count > Self.shown ? ", … (\(count) in all)" : ""
        return (count == 1 ? "line " : "lines ") + texts.joined(separator: ", ") + rest
    }

    /// In order, and with neighbours together.
    private static func joined(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
        var joined: [ClosedRange<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, last.upperBound + 1 >= range.lowerBound {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }

    private static func text(_ cause: Cause, _ topic: String) -> String {
        switch cause {
        case .tooLarge(let limit): "larger than the \(limit) bytes that topic \(topic) takes (max.message.bytes)"
        case .refused(let code): code.text
        }
    }

    private static func code(_ cause: Cause) -> MillraceError.Code {
        switch cause {
        case .tooLarge, .refused(.messageTooLarge), .refused(.invalidRecord): .data
        case .refused(.topicAuthorization), .refused(.clusterAuthorization), .refused(.authentication): .notPermitted
        case .refused: .unavailable
        }
    }
}
