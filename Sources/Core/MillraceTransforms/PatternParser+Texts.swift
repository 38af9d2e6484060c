import Millrace

/// The matches that compare text: `exactly`, `prefix`, `suffix`, `equals-ignore-case` and `wildcard`.
extension PatternParser {
    /// The most stars that a wildcard may have. Each costs a search in what the one before it has left of a text.
    static let mostStars = 32

    /// `exactly`, `prefix` and `suffix`; of the two latter also without regard to case.
    mutating func text(_ test: Pattern.TextTest, _ entry: ConfigNode.Entry) -> Pattern.Test? {
        guard test != .equals, case .mapping(let inner) = entry.value.value else {
            return characters(entry.value, entry.key).map { .text(test, $0) }
        }
        guard inner.count == 1, inner[0].key == "equals-ignore-case" else {
            complain(
                "\(entry.key) takes text, or equals-ignore-case of a text", entry.value,
                hint: "for example { \(entry.key): { equals-ignore-case: abc } }")
            return nil
        }
        return characters(inner[0].value, inner[0].key).map { .folded(test, $0) }
    }

    /// `equals-ignore-case`: a text.
    mutating func folded(_ node: ConfigNode) -> Pattern.Test? {
        characters(node, "equals-ignore-case").map { .folded(.equals, $0) }
    }

    /// `wildcard`: a text in which `*` stands for any characters or none, `\*` for a star and `\\` for a backslash.
    mutating func wildcard(_ node: ConfigNode) -> Pattern.Test? {
        guard let text = characters(node, "wildcard") else { return nil }
        var pieces = [String.UnicodeScalarView()]
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*":
                if rest.first == "*" {
                    complain("wildcard has ** in it", node, hint: "one * stands for any characters")
                    return nil
                }
                pieces.append(String.UnicodeScalarView())
            case "\\":
                guard let escaped = rest.popFirst(), escaped == "*" || escaped == "\\" else {
                    complain(
                        "in wildcard a backslash stands before * or another backslash", node,
                        hint: #"\* is a star, \\ a backslash"#)
                    return nil
                }
                pieces[pieces.count - 1].append(escaped)
            default: pieces[pieces.count - 1].append(scalar)
            }
        }
        if pieces.count - 1 > Self.mostStars {
            complain("wildcard has \(pieces.count - 1) stars, at most \(Self.mostStars) are allowed", node)
            return nil
        }
        return .wildcard(pieces.map { String($0) })
    }
}
