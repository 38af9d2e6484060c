import JSON
import Millrace

/// The matches that take lists: `numeric` and `anything-but`.
extension PatternParser {
    /// `["=", n]`, a bound of one side, or a lower bound and then an upper one.
    mutating func numeric(_ entry: ConfigNode.Entry) -> Pattern.Test? {
        let example = "for example [\">=\", 0, \"<\", 100]"
        guard case .sequence(let nodes) = entry.value.value, nodes.count == 2 || nodes.count == 4 else {
            complain(
                "numeric takes a comparison and a number, or a lower and an upper bound", entry.value, hint: example)
            return nil
        }
        var bounds: [Pattern.Bound] = []
        for pair in stride(from: 0, to: nodes.count, by: 2) {
            guard let comparison = comparison(nodes[pair]), let number = number(nodes[pair + 1]) else { return nil }
            bounds.append(Pattern.Bound(comparison: comparison, number: number))
        }
        guard bounds.count == 2 else { return .bounds(bounds) }
        guard bounds[0].isLower, bounds[1].isUpper else {
            complain(
                "of two bounds the first is the lower one, > or >=, the second the upper", entry.value, hint: example)
            return nil
        }
        guard Pattern.Bound.compare(bounds[0].number, bounds[1].number) < 0 else {
            complain("the lower bound is not below the upper one, so nothing matches", entry.value)
            return nil
        }
        return .bounds(bounds)
    }

    private mutating func comparison(_ node: ConfigNode) -> Pattern.Bound.Comparison? {
        if case .scalar(let text, _, _) = node.value, let comparison = Pattern.Bound.Comparison(rawValue: text) {
            return comparison
        }
        complain("a comparison is one of =, <, <=, >, >=", node)
        return nil
    }

    private mutating func number(_ node: ConfigNode) -> String? {
        if case .scalar(let text, false, _) = node.value, case .number = PlainScalar(text) { return text }
        complain("\(node.shownScalar) is no number of JSON", node)
        return nil
    }

    /// A text, a number, a list of one of the two, or another match of texts, of one or a list of them.
    mutating func anythingBut(_ entry: ConfigNode.Entry) -> Pattern.Test? {
        switch entry.value.value {
        case .scalar: return literals([entry.value]).map { .noneOf($0) }
        case .sequence(let nodes):
            if nodes.isEmpty {
                complain("anything-but has an empty list", entry.value)
                return nil
            }
            return literals(nodes).map { .noneOf($0) }
        case .mapping(let inner):
            guard inner.count == 1 else {
                complain("a match has one key, not \(inner.count)", entry.value)
                return nil
            }
            return texts(inner[0]).map { .noneOf($0) }
        }
    }

    /// Texts alone, or numbers alone.
    private mutating func literals(_ nodes: [ConfigNode]) -> [Pattern.Test]? {
        var tests: [Pattern.Test] = []
        for node in nodes {
            guard case .scalar = node.value, let test = literal(node) else {
                if case .scalar = node.value { return nil }
                complain("anything-but lists texts or numbers", node)
                return nil
            }
            tests.append(test)
        }
        let texts = tests.filter(\.isText).count
        if tests.allSatisfy({ $0.isText || $0.isNumber }), texts == 0 || texts == tests.count { return tests }
        complain("anything-but takes texts or numbers, not both and nothing else", nodes[0])
        return nil
    }

    /// `prefix`, `suffix`, `equals-ignore-case` or `wildcard` inside `anything-but`.
    private mutating func texts(_ entry: ConfigNode.Entry) -> [Pattern.Test]? {
        let words = ["prefix", "suffix", "equals-ignore-case", "wildcard"]
        guard words.contains(entry.key) else {
            complain("anything-but knows no \"\(entry.key)\"", entry, hint: "one of \(words.joined(separator: ", "))")
            return nil
        }
        let nodes = if case .sequence(let nodes) = entry.value.value { nodes } else { [entry.value] }
        var tests: [Pattern.Test] = []
        for node in nodes {
            guard let test = text(entry.key, node) else { return nil }
            tests.append(test)
        }
        if tests.isEmpty {
            complain("\(entry.key) has an empty list", entry.value)
            return nil
        }
        return tests
    }

    private mutating func text(_ word: String, _ node: ConfigNode) -> Pattern.Test? {
        switch word {
        case "equals-ignore-case": return folded(node)
        case "wildcard": return wildcard(node)
        default:
            guard let text = characters(node, word) else { return nil }
            if text.isEmpty {
                complain("\(word) is empty, so nothing matches", node)
                return nil
            }
            return .text(word == "prefix" ? .prefix : .suffix, text)
        }
    }
}

extension Pattern.Test {
    fileprivate var isText: Bool { if case .text = self { true } else { false } }
    fileprivate var isNumber: Bool { if case .number = self { true } else { false } }
}

extension Pattern.Bound {
    fileprivate var isLower: Bool { comparison == .greater || comparison == .greaterOrEqual }
    fileprivate var isUpper: Bool { comparison == .less || comparison == .lessOrEqual }

    /// Compares two numbers by value; both are checked.
    fileprivate static func compare(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        guard let x = JSONNumber(a.span), let y = JSONNumber(b.span) else { return 0 }
        return JSONNumber.compare(x, a.span, y, b.span)
    }
}
