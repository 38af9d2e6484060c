import JSON
import Millrace
import MillraceCommand
import MillraceConfig
import MillraceTransforms

/// Joined transforms say what they say one after the other, wherever a record stands in its batch; what they make of a
/// valid payload is valid.
enum JSONFuzz {
    static let words = [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\"a\":", "\"b\":", "\"c\":{\"d\":", "\"type\":\"order.created\"",
        "null", "true", "false", "-0", "1e400", "0.1", "18446744073709551616", "1E-7", "\\u0000", "\\ud834\\udd1e",
        "\\ud834", "\"\\\"\"", "é", "\u{2028}", "\t", "\r\n", "\0", "[[[[[[[[", "]]]]]]]]", "{\"a\":{\"a\":{\"a\":",
        "eyJhIjoxfQ==",
    ]

    /// The chains, with how they begin in the middle of a config.
    private static let texts = [
        "- filter: { a: [1, x, null, { exists: false }], $or: [{ b: [{ wildcard: \"*d*\" }, { cidr: \"::/0\" }] }, { c: { d: [{ suffix: { equals-ignore-case: É } }] } }, { type: [{ exists: false }] }] }",
        "- filter: { type: [order.created], c: { d: [{ numeric: [\">\", 0] }, { prefix: o }] } }\n- project: { id: a, deep: c.d }",
        "- project: { a: a, b: b, c: c }",
        "- drop: [a, c.d]",
        "- drop: { b: [{ anything-but: [2] }] }\n- drop: [b]",
        "- filter: { c: { d: [{ suffix: z }, { anything-but: [É] }] } }\n- drop: [c]\n- filter: { a: [{ exists: true }] }",
        "- encode: base64\n- encode: base64url",
        "- filter: { b: [{ anything-but: { prefix: n } }] }\n- project: { b: b }\n- encode: base64",
    ]

    /// Each chain as it stands in a config; the second half behind base64.
    private static let chains: [[any Transform]] = ["none", "base64"].flatMap { decode in
        texts.map { text in
            let lines = text.split(separator: "\n").map { "  \($0)\n" }.joined()
            let config = """
                name: f
                source: { kafka: { brokers: "b:1", topics: t, group: g } }
                decode: \(decode)
                transforms:
                \(lines)sinks: { out: { stdout: } }
                dead_letter: park

                """
            let loaded = ConfigLoader(registry: .standard, variables: nil).load(Array(config.utf8), path: "f")
            guard let made = loaded.config else { preconditionFailure(loaded.report) }
            return (made.decode.make().map { [$0] } ?? []) + made.transforms.map(\.transform)
        }
    }

    static func fault(_ bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        let index = Int(first) % chains.count
        let (chain, payload) = (chains[index], Array(bytes.dropFirst()))
        let alone = run(chain, [payload])[0]
        // Others before and behind it, so that it lies elsewhere and the readers have seen something.
        let batch: [[UInt8]] = [Array("{\"a\":1}".utf8), payload, Array("x".utf8), payload]
        for (name, answers) in [("joined", run(Fusion.fuse(chain), batch)), ("in a batch", run(chain, batch))] {
            for answer in [answers[1], answers[3]] where answer != alone {
                return "alone \(alone), \(name) \(answer)"
            }
        }
        let isPlain = index < texts.count && !texts[index].contains("encode")
        let isGood = payload.first == UInt8(ascii: "{") && isValid(payload)
        switch alone {
        case .passed(let text) where isPlain && isGood && !isValid(text):
            return "of a valid payload it made \(String(decoding: text, as: UTF8.self))"
        case .failed(_, let message) where message.isEmpty: return "a failure without words"
        case .failed(_, let message) where isPlain && isGood: return "a valid payload is refused: \(message)"
        default: return nil
        }
    }

    private static func isValid(_ bytes: [UInt8]) -> Bool {
        // The span lives no longer than the call.
        unsafe JSONText.isValid(bytes.span.bytes)
    }

    /// Runs transforms one after the other, as an engine does.
    private static func run(_ transforms: [any Transform], _ payloads: [[UInt8]]) -> [Outcome] {
        let arena = Arena()
        var table = RecordTable()
        var first = BatchBuilder(into: table, arena: arena)
        for (index, payload) in payloads.enumerated() {
            let record = Record(
                offset: Int64(index), timestamp: 0, payload: nil, key: nil, origin: index, hasHeaders: false)
            first.replace(record, capacity: payload.count) { output in for byte in payload { output.append(byte) } }
        }
        _ = first.finish()
        var outcomes = [Outcome](repeating: .filtered, count: payloads.count)
        var step = 0
        for transform in transforms {
            let next = RecordTable()
            var builder = BatchBuilder(into: next, arena: arena)
            table.withList { transform.apply($0, to: &builder) }
            for failure in builder.finish() {
                outcomes[Int(failure.record.offset)] = .failed(step: step + failure.step, failure.message)
            }
            table = next
            step += transform.steps
        }
        table.withList { list in
            for index in 0..<list.count {
                // The bytes are read within the call alone.
                let bytes = unsafe list.payload(index).withUnsafeBytes { unsafe Array($0) }
                outcomes[Int(list[index].offset)] = .passed(bytes)
            }
        }
        return outcomes
    }
}

/// What became of a record.
private enum Outcome: Equatable {
    case passed([UInt8])
    case filtered
    case failed(step: Int, String)
}
