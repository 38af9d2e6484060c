import Millrace

/// One line of YAML's flow style, of which JSON is a part, as the nodes that a config has: enough for these tests.
struct Flow {
    /// Letter by letter, as a mark that joins a quote makes one character with it.
    private let text: [Unicode.Scalar]
    private var at = 0

    /// `!secret` in front of a scalar makes it one.
    static func parse(_ text: String) -> ConfigNode {
        var flow = Flow(text: Array(text.unicodeScalars))
        return flow.node()
    }

    private init(text: [Unicode.Scalar]) { self.text = text }

    private var place: ConfigPlace { ConfigPlace(line: 1, column: at + 1) }

    private mutating func space() { while at < text.count, text[at] == " " { at += 1 } }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        space()
        guard at < text.count, text[at] == character else { return false }
        at += 1
        return true
    }

    private mutating func node() -> ConfigNode {
        space()
        let start = place
        if take("[") { return ConfigNode(.sequence(elements()), at: start) }
        if take("{") { return ConfigNode(.mapping(entries()), at: start) }
        return scalar(inMapping: true)
    }

    private mutating func elements() -> [ConfigNode] {
        var nodes: [ConfigNode] = []
        while !take("]"), at < text.count {
            nodes.append(node())
            _ = take(",")
        }
        return nodes
    }

    private mutating func entries() -> [ConfigNode.Entry] {
        var entries: [ConfigNode.Entry] = []
        while !take("}"), at < text.count {
            space()
            let start = place
            guard case .scalar(let key, _, _) = scalar(inMapping: true).value else { continue }
            _ = take(":")
            entries.append(ConfigNode.Entry(key: key, keyPlace: start, value: node()))
            _ = take(",")
        }
        return entries
    }

    private mutating func scalar(inMapping: Bool) -> ConfigNode {
        space()
        let start = place
        var isSecret = false
        if text[at...].starts(with: "!secret ".unicodeScalars) {
            at += 8
            isSecret = true
        }
        if take("\"") { return quoted(from: start, isSecret) }
        let first = at
        while at < text.count, !",[]{}:".unicodeScalars.contains(text[at]) { at += 1 }
        var word = String(String.UnicodeScalarView(text[first..<at]))
        while word.hasSuffix(" ") { word.removeLast() }
        return ConfigNode(.scalar(word, isQuoted: false, isSecret: isSecret), at: start, width: max(1, word.count))
    }

    private mutating func quoted(from start: ConfigPlace, _ isSecret: Bool) -> ConfigNode {
        var word = ""
        while at < text.count, text[at] != "\"" {
            if text[at] == "\\" { at += 1 }
            word.unicodeScalars.append(text[at])
            at += 1
        }
        at += 1
        let width = at + 1 - start.column
        return ConfigNode(.scalar(word, isQuoted: true, isSecret: isSecret), at: start, width: width)
    }
}
