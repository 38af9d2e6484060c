import Millrace
import MillraceConfig
import MillraceJobs
import MillraceService
import Platform

/// What `dlq show` shows of one letter: what happened, the record, what would become of it now, and what to type. Pure.
struct LetterShowText {
    let found: FoundLetter
    let config: PipelineConfig
    /// The config's path, for commands.
    let path: String
    /// Whether payloads are shown whole.
    let isFull: Bool
    /// The present, milliseconds since 1970.
    let now: Int64

    private static let mostText = 2_048
    private static let mostBytes = 256
    private static let label = 13

    /// The lines, at most 80 columns but for payloads as text.
    var lines: [StyledText] {
        switch found.content {
        case .letter(let letter): of(letter)
        case .foreign(let why, let key, let payload, let headers):
            [StyledText(found.place, .bold) + StyledText("   no letter of Millrace: \(why)", .warning), ""]
                + record(key, payload, headers, isCut: false) + ["", StyledText("next: it is left alone by redrives")]
        }
    }

    private func of(_ letter: DeadLetter) -> [StyledText] {
        let isCut = letter.form == .reference
        var lines = [StyledText(found.name, .bold) + StyledText("   at \(found.place)", .dim), ""]
        lines += field("failed at", letter.stage)
        lines += field("reason", letter.reason.rawValue)
        lines += field("error", letter.error)
        lines += field("when", "\(letter.failedAt)\(age(Timestamp(rfc3339: letter.failedAt)?.milliseconds))")
        if letter.attempts > 0 {
            let path = letter.bisection.isEmpty ? "" : ", bisection \(letter.bisection)"
            lines += field("attempts", "\(letter.attempts)\(path)")
        }
        lines += field("redrives", "\(letter.redrives)\(found.isRedriven ? "; this letter was redriven" : "")")
        lines += field("fingerprint", letter.fingerprint)
        lines += field("pipeline", "\(letter.pipeline), group \(letter.group)")
        if let replay = letter.replay { lines += field("replay", replay) }
        lines += field(
            "record of", "\(Timestamp(milliseconds: letter.timestamp).rfc3339)\(age(letter.timestamp))")
        lines.append("")
        lines += record(letter.key, letter.payload, letter.headers, isCut: isCut)
        if !isCut { lines += outcome(letter.payload) }
        return lines + [""] + next(letter)
    }

    private func record(
        _ key: [UInt8]?, _ payload: [UInt8]?, _ headers: [DeadLetter.Header], isCut: Bool
    ) -> [StyledText] {
        var lines = [StyledText("key", .dim) + StyledText("          " + (key.map(Self.short) ?? "none"))]
        for (index, header) in headers.enumerated() {
            let label = index == 0 ? "headers" : ""
            let value = header.value.map(Self.short) ?? "none"
            lines.append(StyledText(Self.padded(label), .dim) + StyledText("\(header.name) = \(value)"))
        }
        if isCut {
            return lines
                + field("payload", "omitted: it is too large for the dead letter topic; redrives read it at its origin")
        }
        guard let payload else { return lines + field("payload", "none (a tombstone)") }
        return lines + [""] + decoded(payload) + bytes(payload)
    }

    /// The payload as `decode` reads it, where that makes a difference.
    private func decoded(_ payload: [UInt8]) -> [StyledText] {
        guard config.decode.make() != nil else { return [] }
        switch Trial.decoded(payload, by: config.decode) {
        case .success(let decoded):
            guard let text = String(validating: decoded, as: UTF8.self) else {
                return [StyledText("payload, decoded (\(config.decode.name)): \(decoded.count) bytes, no text", .dim)]
                    + hex(decoded) + [""]
            }
            return [StyledText("payload, decoded (\(config.decode.name)): \(decoded.count) bytes", .dim)]
                + self.text(text) + [""]
        case .failure(let problem):
            return [StyledText("payload does not decode (\(config.decode.name)): \(problem.message)", .warning), ""]
        }
    }

    private func bytes(_ payload: [UInt8]) -> [StyledText] {
        [StyledText("payload, as it lies in the topic: \(payload.count) bytes", .dim)] + hex(payload)
    }

    private func text(_ text: String) -> [StyledText] {
        let shown = isFull ? text : String(text.prefix(LetterShowText.mostText))
        var lines = shown.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { StyledText("  " + $0) }
        if shown.utf8.count < text.utf8.count {
            lines.append(StyledText("  … \(text.utf8.count - shown.utf8.count) bytes more: --full", .dim))
        }
        return lines
    }

    /// Sixteen bytes a line, as numbers and as characters.
    private func hex(_ bytes: [UInt8]) -> [StyledText] {
        let shown = isFull ? bytes.count : min(bytes.count, LetterShowText.mostBytes)
        var lines: [StyledText] = []
        for start in stride(from: 0, to: shown, by: 16) {
            let row = bytes[start..<min(start + 16, shown)]
            var digits = ""
            for (place, byte) in row.enumerated() { digits += (place == 8 ? "  " : " ") + Self.hex(UInt64(byte), 2) }
            let gap = String(repeating: " ", count: 50 - digits.count)
            let characters = String(row.map { 0x20..<0x7f ~= $0 ? Character(Unicode.Scalar($0)) : "." })
            lines.append(
                StyledText("  \(Self.hex(UInt64(start), 6)) ", .dim) + StyledText("\(digits)\(gap) \(characters)"))
        }
        if shown < bytes.count { lines.append(StyledText("  … \(bytes.count - shown) bytes more: --full", .dim)) }
        return lines
    }

    /// What the pipeline as it is now would make of it.
    private func outcome(_ payload: [UInt8]?) -> [StyledText] {
        guard let payload else { return [] }
        let result = Trial(config).run(payload)
        var parts = result.deaths.map { "fails at \($0.stage): \($0.error)" }
        if parts.isEmpty && result.deliveries.isEmpty { parts = result.filters.map { "filtered by \($0)" } }
        let sinks = result.deliveries.map(\.sink)
        if !sinks.isEmpty { parts.append("goes to \(sinks.joined(separator: ", "))") }
        return [""] + field("as it is now", parts.joined(separator: "; "))
    }

    private func next(_ letter: DeadLetter) -> [StyledText] {
        let command = "millrace dlq redrive \(path) --origin \(found.name)"
        var lines: [StyledText] = []
        switch letter.stage.hasPrefix("sink:") {
        case true:
            let sink = String(letter.stage.dropFirst(5).prefix { $0 != "/" })
            lines.append(StyledText("next: send it again, to sink \(sink) alone:"))
        case false: lines.append(StyledText("next: send it through again, to all sinks:"))
        }
        lines.append(StyledText("  \(command)"))
        if letter.pipeline != config.name {
            lines.append(StyledText("  (it is of the pipeline \(letter.pipeline): with that one's config)", .warning))
        }
        return lines
    }

    private func field(_ label: String, _ value: String) -> [StyledText] {
        let wrapped = HelpPage.wrapped(value.isEmpty ? "-" : value, indent: LetterShowText.label)
            .split(separator: "\n").map(String.init)
        return wrapped.enumerated().map { index, line in
            index == 0
                ? StyledText(Self.padded(label), .dim) + StyledText(String(line.dropFirst(LetterShowText.label)))
                : StyledText(line)
        }
    }

    private func age(_ time: Int64?) -> String {
        guard let time, time >= 0, time <= now else { return "" }
        return " (\(Figures.age(milliseconds: now - time)) ago)"
    }

    private static func padded(_ label: String) -> String {
        label + String(repeating: " ", count: max(1, LetterShowText.label - label.count))
    }

    private static func hex(_ value: UInt64, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// A key or a header's value, on one line.
    private static func short(_ bytes: [UInt8]) -> String {
        guard let text = String(validating: bytes.prefix(200), as: UTF8.self) else {
            return "\(bytes.count) bytes, no text"
        }
        return LogQuoting.quoted(text) + (bytes.count > 200 ? "… (\(bytes.count) bytes)" : "")
    }
}
