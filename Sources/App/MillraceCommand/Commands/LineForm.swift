import Codecs
import Millrace

/// How a line becomes a record.
struct LineForm: Sendable {
    /// A record from a line.
    struct Record: Sendable, Hashable {
        /// The number of its line, from 1.
        let line: Int
        /// The key, if it has one.
        let key: [UInt8]?
        /// The payload.
        let payload: [UInt8]
    }

    /// Whether a line is a key, a tab and a payload.
    let isKeyed: Bool
    /// Whether payloads are encoded.
    let isBase64: Bool

    /// The record of `line`, the `number`th.
    func record(_ line: [UInt8], number: Int) throws(MillraceError) -> Record {
        guard isKeyed else { return Record(line: number, key: nil, payload: encoded(line)) }
        guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else {
            throw MillraceError(
                .data, "line \(number) has no tab between key and payload", remedy: "leave --keyed out, or add one")
        }
        return Record(line: number, key: Array(line[..<tab]), payload: encoded(Array(line[(tab + 1)...])))
    }

    private func encoded(_ payload: [UInt8]) -> [UInt8] { isBase64 ? Base64.encoded(payload) : payload }
}
