import Millrace

extension LoadedConfig {
    /// The config as YAML with every secret as `***`: values that came from variables, and those of keys whose name says that
    /// they are secret. Comments are gone and every value is on a line of its own. Empty where the file could not be read.
    public var redacted: String {
        guard let root else { return "" }
        return Self.lines(root, indent: "").joined(separator: "\n") + "\n"
    }

    private static func lines(_ node: ConfigNode, indent: String) -> [String] {
        switch node.value {
        case .scalar: [indent + inline(node, under: "")]
        case .sequence(let items):
            items.isEmpty ? [indent + "[]"] : items.flatMap { item(of: $0, indent: indent) }
        case .mapping(let entries):
            entries.isEmpty ? [indent + "{}"] : entries.flatMap { member(of: $0, indent: indent) }
        }
    }

    private static func item(of node: ConfigNode, indent: String) -> [String] {
        var lines = lines(node, indent: indent + "  ")
        lines[0] = indent + "- " + lines[0].dropFirst(indent.count + 2)
        return lines
    }

    private static func member(of entry: ConfigNode.Entry, indent: String) -> [String] {
        let key = indent + plain(entry.key) + ":"
        if Secrecy.isSecret(entry.key), !entry.value.isEmpty { return [key + " \"\(Secrecy.mask)\""] }
        switch entry.value.value {
        case .scalar: return [key + " " + inline(entry.value, under: entry.key)]
        case .sequence(let items) where items.isEmpty: return [key + " []"]
        case .mapping(let entries) where entries.isEmpty: return [key + " {}"]
        default: return [key] + lines(entry.value, indent: indent + "  ")
        }
    }

    private static func inline(_ node: ConfigNode, under key: String) -> String {
        guard case .scalar(let text, let isQuoted, let isSecret) = node.value else { return "" }
        if isSecret { return "\"\(Secrecy.mask)\"" }
        return isQuoted ? JSONText.quoted(text) : plain(text)
    }

    /// A text without quotes where that means the same, else in double quotes, whose escapes YAML shares with JSON.
    private static func plain(_ text: String) -> String {
        let safe = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_./-+".contains($0)) }
        return safe && text.first.map { !"-.+".contains($0) } ?? true ? text : JSONText.quoted(text)
    }
}
