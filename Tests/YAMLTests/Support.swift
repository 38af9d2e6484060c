import YAML

extension YAMLNode {
    /// The tree in one line, places left out: `{a: [1, "2"]}`.
    var shape: String {
        switch content {
        case .scalar(let text, .plain): text
        case .scalar(let text, .quoted): "\"\(text)\""
        case .scalar(let text, .block): "|\(text)|"
        case .sequence(let items): "[" + items.map(\.shape).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key): \($0.value.shape)" }.joined(separator: ", ") + "}"
        }
    }

    subscript(_ key: String) -> YAMLNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    subscript(_ index: Int) -> YAMLNode? {
        guard case .sequence(let items) = content, items.indices.contains(index) else { return nil }
        return items[index]
    }

    var text: String? { if case .scalar(let text, _) = content { text } else { nil } }

    /// How many nodes there are when aliases are followed.
    var count: Int {
        switch content {
        case .scalar: 1
        case .sequence(let items): items.reduce(1) { $0 + $1.count }
        case .mapping(let entries): entries.reduce(1) { $0 + 1 + $1.value.count }
        }
    }
}

extension YAMLDocument {
    /// The problems, one line each: `line:column-width message (hint)`.
    var complaints: [String] {
        problems.map { problem in
            "\(problem.range.start)-\(problem.range.width) \(problem.message)" + (problem.hint.map { " (\($0))" } ?? "")
        }
    }
}

/// Steele's splitmix64, so that a seed names a test case for ever.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
