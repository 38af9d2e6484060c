import Millrace

/// What the records of a shard are called outside: `topic:partition:offset[:sub]`.
struct RecordNames: Sendable {
    /// `topic:partition:`
    private let start: [UInt8]

    init(_ shard: ShardID) { start = Array("\(shard.topic):\(shard.partition):".utf8) }

    /// Puts the name of `id` behind `bytes`. Needs no quoting: a topic's name has no character that JSON or HTTP would mind.
    func append(_ id: RecordID, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: start)
        Self.append(id.offset, to: &bytes)
        if id.sub == 0, id.isLast { return }
        bytes.append(UInt8(ascii: ":"))
        Self.append(Int64(id.sub), to: &bytes)
    }

    /// The name of `id` as text.
    func text(_ id: RecordID) -> String {
        var bytes: [UInt8] = []
        append(id, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The record that `name` names, as its offset and sub; nil where it is none of the shard's.
    func place(of name: [UInt8]) -> (offset: Int64, sub: Int32)? {
        guard name.starts(with: start) else { return nil }
        let parts = name[start.count...].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first.flatMap({ Int64(String(decoding: $0, as: UTF8.self)) }) else {
            return nil
        }
        guard parts.count == 2 else { return (first, 0) }
        return Int32(String(decoding: parts[1], as: UTF8.self)).map { (first, $0) }
    }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        var divisor: Int64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}
