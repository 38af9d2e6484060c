import Millrace

/// Checks nodes against keys and collects what is wrong. One for one reading of a file, used by one thread.
///
/// A value that is wrong is complained about once: what depends on it is then left unchecked.
final class Checker {
    let registry: Registry
    /// Places of scalars whose value is not known, and which are not complained about.
    let unknown: Set<ConfigPlace>
    /// Secret values by their places and by those of their keys.
    let secrets: [ConfigPlace: String]
    let paths: PathLook
    private(set) var issues: [ConfigIssue]

    init(
        _ registry: Registry, unknown: Set<ConfigPlace> = [], secrets: [ConfigPlace: String] = [:],
        issues: [ConfigIssue] = [], paths: PathLook = .nowhere
    ) {
        self.paths = paths
        self.registry = registry
        self.unknown = unknown
        self.secrets = secrets
        self.issues = issues
    }

    /// A stretch of the file that a complaint points at.
    struct Mark {
        let place: ConfigPlace
        let width: Int

        init(place: ConfigPlace, width: Int) {
            self.place = place
            self.width = width
        }

        /// The key of an entry.
        init(_ entry: ConfigNode.Entry) {
            self.init(place: entry.keyPlace, width: max(entry.key.unicodeScalars.count, 1))
        }

        /// A whole value.
        init(_ node: ConfigNode) {
            self.init(place: node.place, width: node.width)
        }
    }

    func complain(_ message: String, at mark: Mark, hint: String? = nil) {
        issues.append(ConfigIssue(message, at: mark.place, width: mark.width, hint: hint))
    }

    func complain(_ message: String, at node: ConfigNode, hint: String? = nil) {
        complain(message, at: Mark(node), hint: hint)
    }

    /// Adds what a kind has found in a node of its own form.
    func add(_ found: [ConfigIssue]) {
        issues += found.map { masked($0, as: $0.message) }
    }

    /// Adds what a kind has found in its mapping at `path`. Its messages begin with a key's name, and get the path before it.
    ///
    /// A kind cannot know which of its values are only stand-ins. What it says of these, or of the mapping as a whole while
    /// there are any, is left out.
    func add(_ found: [ConfigIssue], path: String, keys: [Key], _ reading: Reading) {
        for issue in found {
            let first = String(issue.message.prefix { $0 != ":" && $0 != "." && $0 != " " })
            let isOfMapping = issue.place == reading.options.place && !reading.doubtful.isEmpty
            if isOfMapping || reading.doubtful.contains(first) { continue }
            let isKey = keys.contains { $0.name == first }
            issues.append(masked(issue, as: isKey ? path + "." + issue.message : issue.message))
        }
    }

    private func masked(_ issue: ConfigIssue, as message: String) -> ConfigIssue {
        ConfigIssue(
            masked(message, at: issue.place), at: issue.place, width: issue.width,
            hint: issue.hint.map { masked($0, at: issue.place) }, severity: issue.severity)
    }

    /// A kind's words about a value. Kinds do not know that it is secret: what they quote of it is masked.
    private func masked(_ text: String, at place: ConfigPlace) -> String {
        guard let secret = secrets[place], !secret.isEmpty else { return text }
        let parts = text.replacing(secret, with: Secrecy.mask).split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count > 2 else { return parts.joined(separator: "\"") }
        return parts.enumerated().map { $0.offset % 2 == 0 ? String($0.element) : Secrecy.mask }.joined()
    }

    /// Adds an issue unless something has been said about that place already.
    func addUnlessSaid(_ issue: ConfigIssue) {
        if !issues.contains(where: { $0.place == issue.place && $0.severity == .error }) { issues.append(issue) }
    }

    /// Whether a scalar somewhere in `node` has no known value.
    func hasUnknown(_ node: ConfigNode) -> Bool {
        switch node.value {
        case .scalar: unknown.contains(node.place)
        case .sequence(let items): items.contains(where: hasUnknown)
        case .mapping(let entries): entries.contains { hasUnknown($0.value) }
        }
    }
}

extension ConfigNode {
    /// Whether nothing stands there: `key:` alone, `~` or `null`.
    var isEmpty: Bool {
        guard case .scalar(let text, isQuoted: false, isSecret: false) = value else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The entries of a mapping; an empty value counts as one without entries.
    var entries: [Entry]? {
        if case .mapping(let entries) = value { return entries }
        return isEmpty ? [] : nil
    }

    /// The items of a sequence; an empty value counts as one without items.
    var items: [ConfigNode]? {
        if case .sequence(let items) = value { return items }
        return isEmpty ? [] : nil
    }

    /// What is said of it in `not …`: `"lots"`, `a list`.
    var shown: String {
        switch value {
        case .scalar(_, _, isSecret: true): Secrecy.mask
        case .scalar where isEmpty: "nothing"
        case .scalar(let text, _, _): "\"\(Self.cut(text))\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// A text short enough for a message, on one line.
    private static func cut(_ text: String) -> String {
        let line = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }
        return line.count <= 60 ? String(line) : String(line.prefix(57)) + "..."
    }
}
