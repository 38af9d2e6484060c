import CLibPQ
import Millrace

/// What the server, or the way to it, had to say.
struct ServerError: Error, CustomStringConvertible {
    /// The five characters that name an error; nil where the server said nothing.
    let sqlState: String?
    let text: String
    /// The record of the delivery whose statement failed; what is at fault says ``kind``.
    var record: Int?
    /// Whether the connection is of no use any more.
    var endsConnection = false

    /// The connection failed, or the server did not answer.
    init(lost text: String) {
        sqlState = nil
        self.text = text
        endsConnection = true
    }

    /// What a result says. The server's details quote the row, so only the message itself is taken.
    init(_ result: OpaquePointer?, record: Int?) {
        sqlState = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
        let message = PQresultErrorField(result, Int32(UInt8(ascii: "M"))) ?? PQresultErrorMessage(result)
        text = message.map { String(cString: $0).firstLine } ?? "no message"
        self.record = record
    }

    /// What a server said that refused the connection: `FATAL:  28P01: password authentication failed …`.
    init(refusedConnection message: String) {
        let line = message.firstLine
        let words = line.split(separator: " ")
        let place = words.firstIndex { $0.hasSuffix("FATAL:") }.map { $0 + 1 }
        let code = place.flatMap { $0 < words.count ? words[$0].dropLast() : nil }
        let isCode = code.map { $0.utf8.count == 5 && $0.allSatisfy { $0.isNumber || $0.isUppercase } } ?? false
        sqlState = isCode ? code.map(String.init) : nil
        text = isCode ? words[((place ?? 0) + 1)...].joined(separator: " ") : line
        endsConnection = true
    }

    /// What it means to Millrace. The class, two characters, says whether the row, the server or its keeper is at fault.
    var kind: FailureClass {
        guard let sqlState else { return .transient }
        switch sqlState.prefix(2) {
        case "22", "23", "P0": return record == nil ? .rejected : .poison  // data, constraints, the table's triggers
        case "28", "3D", "3F", "42": return .fatal  // log-in, database, schema, permission, table, column
        case "08", "25", "40", "53", "55", "57", "58", "XX": return .transient  // outage, full, deadlock, shutting down
        default: return .rejected
        }
    }

    var isPermission: Bool { sqlState?.hasPrefix("28") == true || sqlState == "42501" }

    /// The server's words. Those about data quote values, which belong into no log.
    var description: String {
        guard let sqlState else { return "postgresql: \(text)" }
        guard sqlState.hasPrefix("22") else { return "postgresql \(sqlState): \(text)" }
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        let shown = parts.indices.map { $0 % 2 == 0 ? parts[$0] : "…" }.joined(separator: "\"")
        return "postgresql \(sqlState): \(shown)"
    }
}

extension String {
    /// Without the lines behind the first: an error of libpq ends with a line feed.
    var firstLine: String { split(separator: "\n").first.map(String.init) ?? "" }
}
