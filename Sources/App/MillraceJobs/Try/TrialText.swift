import Codecs
import Millrace
import MillraceService

/// A result as people and as programs read it.
public struct TrialText: Sendable {
    private let result: TrialResult
    private let record: Int

    /// The text of `result`, which is that of the `record`th line.
    public init(_ result: TrialResult, record: Int) {
        self.result = result
        self.record = record
    }

    private var outcome: String {
        if !result.deaths.isEmpty { return "dead" }
        return result.deliveries.isEmpty ? "filtered" : "delivered"
    }

    /// A line, and one more for each further place where the record ends.
    public var plain: String {
        var ends = result.deaths.map { "\($0.stage): \(Self.shown(Array($0.error.utf8)))" }
        if ends.isEmpty && result.deliveries.isEmpty { ends = result.filters }
        ends += deliveries
        let head = "\(record)  \(outcome)" + String(repeating: " ", count: 11 - outcome.count)
        let margin = String(repeating: " ", count: head.count)
        return ends.enumerated().map { ($0.offset == 0 ? head : margin) + $0.element + "\n" }.joined()
    }

    /// Each payload with the sinks that are given it.
    private var deliveries: [String] {
        var rows: [(payload: [UInt8]?, sinks: [String])] = []
        for delivery in result.deliveries {
            if let row = rows.firstIndex(where: { $0.payload == delivery.payload && !$0.sinks.contains(delivery.sink) })
            {
                rows[row].sinks.append(delivery.sink)
            } else {
                rows.append((delivery.payload, [delivery.sink]))
            }
        }
        let dead = result.deaths.isEmpty ? "" : "delivered to "
        return rows.map { "\(dead)\($0.sinks.joined(separator: ", "))  \(Self.shown($0.payload))" }
    }

    /// An object and a line feed.
    public var json: String {
        let deliveries = result.deliveries.map { delivery in
            "{\"sink\":\(LogQuoting.quoted(delivery.sink)),\(Self.member(delivery.payload))}"
        }
        var members = [
            "\"record\":\(record)", "\"outcome\":\"\(outcome)\"",
            "\"deliveries\":[\(deliveries.joined(separator: ","))]",
        ]
        if let death = result.deaths.first {
            members += [("stage", death.stage), ("reason", death.reason.rawValue), ("error", death.error)]
                .map { "\"\($0.0)\":\(LogQuoting.quoted($0.1))" }
        }
        return "{\(members.joined(separator: ","))}\n"
    }

    /// A payload as the member of an object.
    static func member(_ payload: [UInt8]?) -> String {
        guard let payload else { return "\"payload\":null" }
        if let text = String(validating: payload, as: UTF8.self) { return "\"payload\":\(LogQuoting.quoted(text))" }
        return "\"payload_base64\":\"\(String(decoding: Base64.encoded(payload), as: UTF8.self))\""
    }

    /// Bytes on a screen: as they are where that is harmless, quoted where they hold control characters, as base64 where
    /// they are no text.
    static func shown(_ bytes: [UInt8]?) -> String {
        guard let bytes else { return "(tombstone)" }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return "\(bytes.count) bytes, base64 \(String(decoding: Base64.encoded(bytes), as: UTF8.self))"
        }
        let quoted = LogQuoting.quoted(text)
        // What only quotes and backslashes were escaped in can stand as it is.
        return quoted.contains("\\u") || text.contains(where: \.isNewline) || text.contains("\t") ? quoted : text
    }
}
