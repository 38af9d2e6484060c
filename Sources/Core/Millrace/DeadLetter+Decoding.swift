/// The header codec, the other way: a record of a dead letter topic back to the letter that it was.
extension DeadLetter {
    /// A record that is no letter, and why not.
    public struct Unreadable: Error, Hashable, Sendable {
        /// What is missing or wrong, for people: names of headers, never their values' bytes.
        public let message: String
    }

    /// The letter that a record with this `key`, `payload` and these `headers` is.
    ///
    /// The opposite of ``encodedHeaders()``: what that gives is read as the letter it was. Headers of ours that the letter
    /// does not know (a later version's) are left out; the record's own come back under the names they had. Never traps,
    /// whatever the bytes. Complexity: O(headers).
    public init(
        key: [UInt8]?, payload: [UInt8]?, recordHeaders: [Header]
    ) throws(Unreadable) {
        var own = OwnHeaders()
        var original: [Header] = []
        for header in recordHeaders {
            if DeadLetter.isInbound(header.name) {
                let rest = header.name.utf8.dropFirst(DeadLetter.inboundPrefix.utf8.count)
                original.append(Header(DeadLetter.prefix + String(decoding: rest, as: UTF8.self), header.value))
            } else if DeadLetter.isOurs(header.name) {
                own.values[DeadLetter.withoutPrefix(header.name)] = header.value ?? []
            } else {
                original.append(header)
            }
        }
        guard !own.values.isEmpty else { throw Unreadable(message: "it has no millrace. headers") }
        let reasonText = try own.text("reason")
        guard let reason = Reason(rawValue: reasonText) else { throw own.wrong("reason", "is none of ours") }
        let failedAt = try own.text("failed-at")
        let form: Form
        switch try own.optionalText("payload") {
        case nil: form = .full
        case "omitted": form = .reference
        default: throw own.wrong("payload", "is not `omitted`")
        }
        self.init(
            origin: ShardID(
                topic: try own.filled("origin-topic"),
                partition: Int32(try own.number("origin-partition", 0...Int64(Int32.max)))),
            offset: try own.number("origin-offset", 0...(.max - 1)),
            timestamp: try own.number("origin-timestamp", .min...(.max)), group: try own.text("group"),
            pipeline: try own.text("pipeline"), stage: try own.filled("stage"), reason: reason,
            error: try own.text("error"), attempts: Int(try own.number("attempts", 0...Int64(Int32.max))),
            bisection: try own.text("bisection"), failedAt: failedAt, form: form, key: key, payload: payload,
            headers: original, replay: try own.optionalText("replay"),
            redrives: Int(try own.number("redrives", 0...Int64(Int32.max))))
        // Computed when it is asked for; a letter without it is none all the same.
        _ = try own.text("fingerprint")
    }

    /// The `millrace.` headers of a record, by what stands behind the prefix; of a repeated one the last counts.
    private struct OwnHeaders {
        var values: [String: [UInt8]] = [:]

        func wrong(_ name: String, _ why: String) -> Unreadable {
            Unreadable(message: "\(DeadLetter.prefix)\(name) \(why)")
        }

        func optionalText(_ name: String) throws(Unreadable) -> String? {
            guard let bytes = values[name] else { return nil }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw wrong(name, "is no UTF-8") }
            return text
        }

        func text(_ name: String) throws(Unreadable) -> String {
            guard let text = try optionalText(name) else { throw wrong(name, "is missing") }
            return text
        }

        func filled(_ name: String) throws(Unreadable) -> String {
            let text = try text(name)
            if text.isEmpty { throw wrong(name, "is empty") }
            return text
        }

        func number(_ name: String, _ range: ClosedRange<Int64>) throws(Unreadable) -> Int64 {
            guard let number = Int64(try text(name)), range.contains(number) else {
                throw wrong(name, "is no number that it could be")
            }
            return number
        }
    }
}
