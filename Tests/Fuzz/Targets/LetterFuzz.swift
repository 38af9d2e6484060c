import Millrace

/// A dead letter has each of its own headers once, keeps the record's, and does not grow when it fails again.
enum LetterFuzz {
    static let words =
        names.map { "millrace.\($0)=" } + [
            "millrace.inbound.", "millrace.", "millrace.payload=omitted", "millrace.replay=r1", "=", "\n", "trace=1",
            "redrives=", "9223372036854775808", "-1", "decode", "too-large", "sink:a", "transform:1", "RLR",
        ]

    private static let names = [
        "origin-topic", "origin-partition", "origin-offset", "origin-timestamp", "group", "pipeline", "stage", "reason",
        "error", "attempts", "bisection", "fingerprint", "failed-at", "redrives",
    ]

    static func fault(_ bytes: [UInt8]) -> String? {
        let headers = headers(bytes)
        let error = String(decoding: bytes.prefix(2000), as: UTF8.self)
        let once = letter(error, headers)
        if once.error.utf8.count > 512 { return "an error of \(once.error.utf8.count) bytes" }
        if once.error.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "control characters in the error"
        }
        let first = once.encodedHeaders()
        if let fault = fault(first, of: headers) { return fault }
        let second = letter("again", first).encodedHeaders()
        if let fault = fault(second, of: first) { return fault }
        if second.count != first.count { return "\(first.count) headers became \(second.count)" }
        if once.fingerprint.count != 4 { return "the fingerprint \(once.fingerprint)" }
        return nil
    }

    /// Every own header is there once, and what is not ours is kept as it was.
    private static func fault(_ headers: [DeadLetter.Header], of record: [DeadLetter.Header]) -> String? {
        for name in names where headers.count(where: { $0.name == "millrace." + name }) != 1 {
            return "millrace.\(name) is there \(headers.count { $0.name == "millrace." + name }) times"
        }
        // By bytes: a letter with an accent on it is another character than the letter, and not another prefix.
        func isOurs(_ name: String) -> Bool { name.utf8.starts(with: DeadLetter.prefix.utf8) }
        func isInbound(_ name: String) -> Bool { name.utf8.starts(with: DeadLetter.inboundPrefix.utf8) }
        let known = Set((names + ["payload", "replay"]).map { DeadLetter.prefix + $0 })
        for header in headers where isOurs(header.name) && !isInbound(header.name) && !known.contains(header.name) {
            return "the record's header \(header.name) looks like one of ours"
        }
        if headers.filter({ !isOurs($0.name) }) != record.filter({ !isOurs($0.name) }) {
            return "the record's headers changed"
        }
        // A letter's are kept as they are; of another record the prefix is doubled, so that it can be taken off again.
        let now = Set(headers.filter { isInbound($0.name) })
        let isLetter = Set(names.map { DeadLetter.prefix + $0 }).isSubset(of: Set(record.map(\.name)))
        func kept(_ header: DeadLetter.Header) -> DeadLetter.Header {
            if isLetter { return header }
            let rest = String(decoding: header.name.utf8.dropFirst(DeadLetter.prefix.utf8.count), as: UTF8.self)
            return DeadLetter.Header(DeadLetter.inboundPrefix + rest, header.value)
        }
        if !record.allSatisfy({ !isInbound($0.name) || now.contains(kept($0)) }) { return "an inbound header is gone" }
        return nil
    }

    private static func letter(_ error: String, _ headers: [DeadLetter.Header]) -> DeadLetter {
        DeadLetter(
            origin: ShardID(topic: "t", partition: 1), offset: 7, timestamp: 1, group: "g", pipeline: "p",
            stage: "sink:a", reason: .rejected, error: error, attempts: 2, bisection: "RL",
            failedAt: "2026-01-01T00:00:00.000Z", form: .full, key: nil, payload: [1], headers: headers)
    }

    /// A header a line; a line without `=` is a header without a value.
    static func headers(_ bytes: [UInt8]) -> [DeadLetter.Header] {
        bytes.split(separator: 0x0A).map { line in
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
                return DeadLetter.Header(String(decoding: line, as: UTF8.self), nil)
            }
            return DeadLetter.Header(
                String(decoding: line[..<equals], as: UTF8.self), Array(line[line.index(after: equals)...]))
        }
    }
}
