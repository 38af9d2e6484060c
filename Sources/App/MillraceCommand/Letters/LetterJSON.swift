import Codecs
import Millrace
import MillraceJobs
import MillraceService

/// Letters as programs read them: an object and a line feed.
enum LetterJSON {
    /// What `dlq list --json` says of a letter; with `payload` also that and the record's own headers.
    static func line(_ found: FoundLetter, payload: Bool = false) -> String {
        var members = [
            text("topic", found.shard.topic), number("partition", found.shard.partition),
            number("offset", found.offset),
        ]
        switch found.content {
        case .letter(let letter):
            members += self.members(letter)
            members += bytes("key", letter.key) + [number("size", found.size)]
            if payload { members += bytes("payload", letter.payload) + [headers(letter.headers)] }
        case .foreign(let why, let key, let value, let foreign):
            members += [text("foreign", why)] + bytes("key", key) + [number("size", found.size)]
            if payload { members += bytes("payload", value) + [headers(foreign)] }
        }
        return "{\(members.joined(separator: ","))}\n"
    }

    private static func members(_ letter: DeadLetter) -> [String] {
        let origin = [
            text("topic", letter.origin.topic), number("partition", letter.origin.partition),
            number("offset", letter.offset), number("timestamp", letter.timestamp),
        ]
        return [
            "\"origin\":{\(origin.joined(separator: ","))}", text("pipeline", letter.pipeline),
            text("stage", letter.stage),
            text("reason", letter.reason.rawValue), text("error", letter.error), number("attempts", letter.attempts),
            text("bisection", letter.bisection), text("fingerprint", letter.fingerprint),
            text("failed_at", letter.failedAt), number("redrives", letter.redrives),
        ]
    }

    private static func headers(_ headers: [DeadLetter.Header]) -> String {
        let list = headers.map { header in
            "{\(([text("name", header.name)] + bytes("value", header.value)).joined(separator: ","))}"
        }
        return "\"headers\":[\(list.joined(separator: ","))]"
    }

    private static func text(_ name: String, _ value: String) -> String { "\"\(name)\":\(LogQuoting.quoted(value))" }

    private static func number(_ name: String, _ value: some BinaryInteger) -> String { "\"\(name)\":\(value)" }

    /// As text where they are UTF-8, else in base64 under a name that says so.
    private static func bytes(_ name: String, _ bytes: [UInt8]?) -> [String] {
        guard let bytes else { return ["\"\(name)\":null"] }
        if let plain = String(validating: bytes, as: UTF8.self) { return [text(name, plain)] }
        return ["\"\(name)_base64\":\"\(String(decoding: Base64.encoded(bytes), as: UTF8.self))\""]
    }
}
