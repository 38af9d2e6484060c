import Millrace

/// Reads a pattern of the config in the language of EventBridge, and says everything that is wrong with it.
struct PatternParser {
    /// The name of what the pattern belongs to, which every message begins with.
    let kind: String
    private(set) var issues: [ConfigIssue] = []
    /// The fields of all objects that are open, and of those before them.
    var asked: [Asked] = []

    /// What a match may be called.
    static let words = [
        "anything-but", "cidr", "equals-ignore-case", "exactly", "exists", "numeric", "prefix", "suffix", "wildcard",
    ]

    init(kind: String) { self.kind = kind }

    /// The pattern of `node`.
    static func parse(_ node: ConfigNode, kind: String) throws(ConfigIssues) -> Pattern {
        var parser = PatternParser(kind: kind)
        let whole = parser.object(node, path: [], isInOr: false)
        if !parser.issues.isEmpty { throw ConfigIssues(parser.issues) }
        let pattern = whole.separated()
        if pattern == nil {
            let what = "$or beside fields of the same objects makes more than \(Pattern.mostBranches) branches"
            parser.complain(what, node, hint: "nest $or in the object that it is about")
        } else if whole.absenceCount > Matcher.mostAbsences {
            parser.complain("more than \(Matcher.mostAbsences) fields with exists: false", node)
        }
        guard let pattern, parser.issues.isEmpty else { throw ConfigIssues(parser.issues) }
        return pattern
    }

    mutating func complain(_ what: String, _ node: ConfigNode, hint: String? = nil) {
        issues.append(ConfigIssue("\(kind): \(what)", at: node, hint: hint))
    }

    mutating func complain(_ what: String, _ entry: ConfigNode.Entry, hint: String? = nil) {
        issues.append(
            ConfigIssue("\(kind): \(what)", at: entry.keyPlace, width: max(1, entry.key.count), hint: hint))
    }

    /// An object of a pattern; `isInOr` where it lies in a branch of `$or`.
    mutating func object(_ node: ConfigNode, path: [String], isInOr: Bool) -> Pattern {
        var pattern = Pattern()
        guard case .mapping(let entries) = node.value, !entries.isEmpty else {
            let subject = isInOr ? "a pattern in $or" : path.isEmpty ? "a pattern" : path.joined(separator: ".")
            complain(
                "\(subject) must be a mapping of fields to lists of what they may be", node,
                hint: "for example { type: [order.created] }")
            return pattern
        }
        for entry in entries { field(entry, path: path, isInOr: isInOr, into: &pattern) }
        return pattern
    }

    private mutating func field(
        _ entry: ConfigNode.Entry, path: [String], isInOr: Bool, into pattern: inout Pattern
    ) {
        if entry.key == "$or" { return choice(entry, path: path, into: &pattern) }
        if isInOr, !isName(entry) { return }
        let names: [String]
        do throws(ConfigIssue) {
            names = try FieldPath.parse(entry.key, kind: kind, at: entry.keyPlace, width: max(1, entry.key.count))
        } catch { return issues.append(error) }
        let full = path + names
        if full.count > FieldPath.deepest { return complain("goes deeper than \(FieldPath.deepest) names", entry) }
        let value = value(entry, path: full, isInOr: isInOr)
        if case .tests = value, !ask(full, entry, isInOr: isInOr) { return }
        // What is asked for twice was said by the field that is.
        _ = pattern.insert(value, at: names[...])
    }

    private mutating func value(_ entry: ConfigNode.Entry, path: [String], isInOr: Bool) -> Pattern.Value {
        let name = path.joined(separator: ".")
        switch entry.value.value {
        case .mapping(let inner):
            if let word = inner.first?.key, inner.count == 1, isMisplaced(word, inner[0].value) {
                complain("\(word) must stand in a list", inner[0], hint: "\(name): [{ \(word): … }]")
                return .tests([])
            }
            return .object(object(entry.value, path: path, isInOr: isInOr))
        case .sequence(let nodes):
            if nodes.isEmpty { complain("\(name) may be nothing at all: its list is empty", entry.value) }
            return .tests(nodes.compactMap { test($0) })
        case .scalar:
            complain("\(name) must be a list of what it may be", entry.value, hint: "[\(entry.value.shownScalar)]")
            return .tests([])
        }
    }

    /// Whether a mapping without its list was meant as a test: a field of that name would have a list or a mapping.
    private func isMisplaced(_ word: String, _ value: ConfigNode) -> Bool {
        if word == "numeric" || word == "anything-but" { return true }
        guard Self.words.contains(word) else { return false }
        switch value.value {
        case .scalar: return true
        case .mapping(let inner): return inner.count == 1 && inner[0].key == "equals-ignore-case" && isScalar(inner[0])
        case .sequence: return false
        }
    }

    private func isScalar(_ entry: ConfigNode.Entry) -> Bool {
        if case .scalar = entry.value.value { true } else { false }
    }

    private mutating func test(_ node: ConfigNode) -> Pattern.Test? {
        switch node.value {
        case .scalar: return literal(node).map { asAddress($0) }
        case .sequence:
            complain("a list inside a list", node, hint: "an event's arrays are looked into anyway")
            return nil
        case .mapping(let entries):
            guard entries.count == 1 else {
                complain("a match has one key, not \(entries.count)", node, hint: "write [{ … }, { … }]")
                return nil
            }
            return match(entries[0])
        }
    }

    /// A value that is compared as a whole.
    mutating func literal(_ node: ConfigNode) -> Pattern.Test? {
        guard case .scalar(let text, let isQuoted, _) = node.value else { return nil }
        if isQuoted { return .text(.equals, text) }
        switch PlainScalar(text) {
        case .text: return .text(.equals, text)
        case .number: return .number(text)
        case .boolean(let value): return .boolean(value)
        case .null: return .null
        case .foreignNumber:
            complain(
                "\(node.shownScalar) is no number of JSON", node,
                hint: "write it as JSON does, or in quotes where text is meant")
            return nil
        }
    }

    private mutating func match(_ entry: ConfigNode.Entry) -> Pattern.Test? {
        switch entry.key {
        case "exactly": return text(.equals, entry)
        case "prefix": return text(.prefix, entry)
        case "suffix": return text(.suffix, entry)
        case "equals-ignore-case": return folded(entry.value)
        case "wildcard": return wildcard(entry.value)
        case "cidr": return network(entry.value)
        case "exists": return exists(entry)
        case "numeric": return numeric(entry)
        case "anything-but": return anythingBut(entry)
        default:
            complain(
                "there is no match called \"\(entry.key)\"", entry,
                hint: "one of \(Self.words.joined(separator: ", "))")
            return nil
        }
    }

    /// The characters of a scalar that is text.
    mutating func characters(_ node: ConfigNode, _ word: String) -> String? {
        guard case .scalar(let text, let isQuoted, _) = node.value else {
            complain("\(word) takes text", node)
            return nil
        }
        if !isQuoted {
            guard case .text = PlainScalar(text) else {
                complain("\(word) takes text", node, hint: "write \"\(node.shownScalar)\" with quotes")
                return nil
            }
        }
        return text
    }

    private mutating func exists(_ entry: ConfigNode.Entry) -> Pattern.Test? {
        if case .scalar(let text, false, _) = entry.value.value, case .boolean(let value) = PlainScalar(text) {
            return value ? .exists : .absent
        }
        complain("exists is true or false", entry.value)
        return nil
    }
}

extension ConfigNode {
    /// The text of a scalar, for messages.
    var shownScalar: String {
        guard case .scalar(let text, _, let isSecret) = value else { return "…" }
        return isSecret ? "***" : text
    }
}

extension Pattern {
    /// Adds all that `other` asks of the same object. Returns false where a field is asked for in both.
    mutating func insert(_ other: Pattern) -> Bool {
        choices += other.choices
        return other.fields.allSatisfy { insert($0.value, at: [$0.name]) }
    }

    /// Adds what is asked of the field at `path`. Returns false where something is asked of it already.
    mutating func insert(_ value: Value, at path: ArraySlice<String>) -> Bool {
        guard let name = path.first else { return false }
        let rest = path.dropFirst()
        guard let place = fields.firstIndex(where: { $0.name == name }) else {
            var value = value
            for inner in rest.reversed() { value = .object(Pattern(fields: [Field(name: inner, value: value)])) }
            fields.append(Field(name: name, value: value))
            return true
        }
        guard case .object(var below) = fields[place].value else { return false }
        if rest.isEmpty {
            guard case .object(let more) = value, below.insert(more) else { return false }
        } else if !below.insert(value, at: rest) {
            return false
        }
        fields[place].value = .object(below)
        return true
    }
}
