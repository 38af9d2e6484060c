import Codecs
import Millrace

/// `encode: base64` or `encode: base64url`: the payload as text again, with padding for the first alone.
public struct EncodeKind: TransformKind {
    /// The kind.
    public init() {}
    /// `encode`
    public var name: String { "encode" }
    /// For the reference.
    public var meaning: String { "Encodes the payload: `base64` (with padding) or `base64url` (without)." }
    /// For the reference.
    public var example: String { "base64" }

    /// Parses the name of the alphabet.
    public func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        guard case .scalar(let word, _, _) = node.value,
            let alphabet = Base64.Alphabet.allCases.first(where: { $0.name == word })
        else { throw ConfigIssues(ConfigIssue("encode must be base64 or base64url", at: node, hint: "base64")) }
        return Base64Encode(alphabet: alphabet)
    }
}

/// Encodes each payload; a tombstone stays one.
struct Base64Encode: Transform {
    let alphabet: Base64.Alphabet

    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count {
            let record = records[index]
            if record.isTombstone {
                out.keep(record)
                continue
            }
            let payload = records.payload(index)
            out.replace(record, capacity: Base64.encodedCapacity(payload.byteCount)) { output in
                Base64.encode(payload, appendingTo: &output, alphabet: alphabet)
            }
        }
    }
}
