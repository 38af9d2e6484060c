import Millrace
import MillraceMachines

/// The sinks' cursors as commit metadata, so that after a restart a sink that was ahead is not given its lead again.
///
/// One line: `1`, then for each sink a space, its name (percent-encoded), `=`, its low watermark relative to the
/// checkpoint, and the intervals done above it, each `+from-to` relative to the low watermark. A position inside an
/// aggregate has `.sub` behind it. Words that begin with `@` are other people's and read over. At most
/// ``Acknowledgement/maxMetadata`` bytes: intervals are dropped from the top, which costs a repetition after a crash and
/// never a loss.
enum CursorCodec {
    private static let version = "1"

    /// The cursors of `sinks` (names and cursors in one order) beside `checkpoint`.
    static func encode(_ names: [String], _ cursors: [Cursor], checkpoint: Int64, limit: Int) -> String {
        var heads = names.indices.map { index in
            " \(escape(names[index]))=\(relative(cursors[index].low, to: checkpoint))"
        }
        var size = version.utf8.count + heads.reduce(0) { $0 + $1.utf8.count }
        if size > limit { return version }
        // Intervals go in from the bottom, one a sink in turn, as long as there is room.
        var pending = cursors.map { $0.done[...] }
        var isFull = false
        while !isFull && pending.contains(where: { !$0.isEmpty }) {
            for index in pending.indices {
                guard let range = pending[index].popFirst() else { continue }
                let low = cursors[index].low.offset
                let text = "+\(relative(range.lowerBound, to: low))-\(relative(range.upperBound, to: low))"
                if size + text.utf8.count > limit {
                    isFull = true
                    break
                }
                size += text.utf8.count
                heads[index] += text
            }
        }
        return version + heads.joined()
    }

    /// The cursor of each sink in `names`, nil for one that the text does not name; nothing at all for a text that is
    /// not ours.
    static func decode(_ text: String, _ names: [String], checkpoint: Int64) -> [Cursor?] {
        let found = Dictionary(
            all(in: text, checkpoint: checkpoint).map { ($0.name, $0.cursor) }, uniquingKeysWith: { $1 })
        return names.map { found[$0] }
    }

    /// Every cursor that the text holds, in its order.
    static func all(in text: String, checkpoint: Int64) -> [(name: String, cursor: Cursor)] {
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.first == Substring(version) else { return [] }
        return parts.dropFirst().compactMap { part in
            guard part.first != "@", let equals = part.firstIndex(of: "="), let name = unescape(part[..<equals]),
                let cursor = cursor(part[part.index(after: equals)...], checkpoint: checkpoint)
            else { return nil }
            return (name, cursor)
        }
    }

    private static func cursor(_ text: Substring, checkpoint: Int64) -> Cursor? {
        let parts = text.split(separator: "+", omittingEmptySubsequences: false)
        guard let first = parts.first, let low = absolute(first, from: checkpoint) else { return nil }
        var done: [Range<Position>] = []
        for part in parts.dropFirst() {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let from = absolute(ends[0], from: low.offset),
                let to = absolute(ends[1], from: low.offset), from < to
            else { return nil }
            done.append(from..<to)
        }
        return Cursor(low: low, done: done)
    }

    private static func relative(_ position: Position, to base: Int64) -> String {
        let offset = String(position.offset - base)
        return position.sub == 0 ? offset : "\(offset).\(position.sub)"
    }

    private static func absolute(_ text: Substring, from base: Int64) -> Position? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let offset = Int64(parts[0]), parts.count <= 2 else { return nil }
        let (sum, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, sum >= 0 else { return nil }
        guard parts.count == 2 else { return Position(offset: sum) }
        guard let sub = Int32(parts[1]), sub >= 0 else { return nil }
        return Position(offset: sum, sub: sub)
    }

    private static func escape(_ name: String) -> String {
        var out = ""
        for byte in name.utf8 {
            let isPlain = byte > 0x20 && byte < 0x7f && !"%=@~".utf8.contains(byte)
            if isPlain {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16)
                out += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return out
    }

    private static func unescape(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            rest = rest.dropFirst(2)
            guard digits.count == 2, let value = UInt8(Substring(digits), radix: 16) else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
