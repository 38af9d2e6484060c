/// The header codec: what a dead letter says, as `millrace.` headers behind the record's own.
extension DeadLetter {
    /// The prefix of every header that Millrace adds.
    public static let prefix = "millrace."
    /// Where headers with our prefix that are not ours are kept.
    public static let inboundPrefix = "millrace.inbound."

    /// The names that every letter carries; a record that has all of them is a letter that failed again.
    private static let own: Set<String> = Set(
        [
            "origin-topic", "origin-partition", "origin-offset", "origin-timestamp", "group", "pipeline", "stage",
            "reason", "error", "attempts", "bisection", "fingerprint", "failed-at", "redrives",
        ].map { prefix + $0 })

    /// What only some letters carry.
    private static let ownNow: Set<String> = [prefix + "payload", prefix + "replay"]

    /// Whether `name` is that of a header that letters carry.
    static func isOwn(_ name: String) -> Bool { own.contains(name) || ownNow.contains(name) }

    // By bytes: with an accent behind it the point is another character, and still our prefix to who reads bytes.

    /// Whether `name` has the prefix of ours.
    static func isOurs(_ name: String) -> Bool { name.utf8.starts(with: prefix.utf8) }

    /// Whether `name` is one under which a record's own header with our prefix is kept.
    static func isInbound(_ name: String) -> Bool { name.utf8.starts(with: inboundPrefix.utf8) }

    /// What stands behind the prefix of `name`, which has one.
    static func withoutPrefix(_ name: String) -> String {
        String(decoding: name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    /// Whether headers of these `names` are those of a letter.
    static func isLetter(_ names: Set<String>) -> Bool { own.isSubset(of: names) }

    /// The headers as they are written: the original's, then what happened. Values are UTF-8, numbers decimal.
    ///
    /// A letter that failed again has its old `millrace.` headers replaced, so that they never pile up; `redrives` is
    /// kept. Other inbound headers with our prefix are kept under ``inboundPrefix``.
    public func encodedHeaders() -> [Header] {
        let names = Set(headers.map(\.name))
        let isLetter = DeadLetter.isLetter(names)
        var out: [Header] = []
        out.reserveCapacity(headers.count + 16)
        for header in headers {
            guard DeadLetter.isOurs(header.name) else {
                out.append(header)
                continue
            }
            if isLetter && DeadLetter.isOwn(header.name) { continue }
            // A letter's own are kept already. Of another record the prefix is doubled: so it can be taken off again.
            let isKept = isLetter && DeadLetter.isInbound(header.name)
            let name = isKept ? header.name : DeadLetter.inboundPrefix + DeadLetter.withoutPrefix(header.name)
            out.append(Header(name, header.value))
        }
        func add(_ name: String, _ value: String) { out.append(Header(DeadLetter.prefix + name, Array(value.utf8))) }
        add("origin-topic", origin.topic)
        add("origin-partition", String(origin.partition))
        add("origin-offset", String(offset))
        add("origin-timestamp", String(timestamp))
        add("group", group)
        add("pipeline", pipeline)
        add("stage", stage)
        add("reason", reason.rawValue)
        add("error", error)
        add("attempts", String(attempts))
        add("bisection", bisection)
        add("fingerprint", fingerprint)
        add("failed-at", failedAt)
        add("redrives", String(redrives))
        if let replay { add("replay", replay) }
        if form == .reference { add("payload", "omitted") }
        return out
    }

    /// What the headers of a letter that failed again say of its redrives; 0 for any others.
    static func redrives(in headers: [Header]) -> Int {
        let name = prefix + "redrives"
        guard let value = headers.last(where: { $0.name == name })?.value, isLetter(Set(headers.map(\.name))) else {
            return 0
        }
        return Int(String(decoding: value, as: UTF8.self)) ?? 0
    }

    /// Four hex digits that are alike for letters of one stage, reason and error but for numbers and quoted parts.
    public var fingerprint: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var isQuoted = false
        var wasDigit = false
        for byte in "\(stage)|\(reason.rawValue)|\(error)".utf8 {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            if !isQuoted && !(isDigit && wasDigit) { mix(isDigit ? UInt8(ascii: "#") : byte) }
            wasDigit = isDigit
        }
        let folded = UInt16(truncatingIfNeeded: hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48))
        let digits = String(folded, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// `text` as a letter's ``error`` may have it: without control characters, cut to 512 bytes.
    public static func error(_ text: String) -> String { printable(text, limit: 512) }

    /// `text` without control characters, cut to `limit` bytes at a character's border.
    static func printable(_ text: String, limit: Int) -> String {
        var out = ""
        var size = 0
        for scalar in text.unicodeScalars {
            let shown: Unicode.Scalar =
                scalar.value < 0x20 || (scalar.value >= 0x7f && scalar.value < 0xa0) ? " " : scalar
            let width = UTF8.width(shown)
            if size + width > limit { break }
            size += width
            out.unicodeScalars.append(shown)
        }
        return out
    }
}
