import Millrace

/// `drop: [PATH, …]`: the record without these members, every other byte as it is. `drop: PATTERN`: the records that match
/// are filtered, the others go on.
///
/// A path that leads into an array takes the member from each of its objects. The pattern is that of ``FilterKind``.
public struct DropKind: TransformKind {
    /// The kind.
    public init() {}
    /// `drop`
    public var name: String { "drop" }
    /// For the reference.
    public var meaning: String { "Takes members out of the record (a list of paths), or drops records (a pattern)." }
    /// For the reference.
    public var example: String { "[email, address.street]" }

    /// Parses paths or a pattern.
    public func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        switch node.value {
        case .mapping: JSONTransform(.predicate(try PatternParser.parse(node, kind: name), keepsMatches: false))
        case .sequence(let nodes) where !nodes.isEmpty: JSONTransform(.prune(try paths(nodes)))
        case .scalar where !node.shownScalar.isEmpty:
            throw ConfigIssues(
                ConfigIssue("drop must be a list of paths or a pattern", at: node, hint: "[\(node.shownScalar)]"))
        case .scalar, .sequence:
            throw ConfigIssues(
                ConfigIssue("drop must be a list of paths or a pattern", at: node, hint: "for example [email]"))
        }
    }

    private func paths(_ nodes: [ConfigNode]) throws(ConfigIssues) -> [[String]] {
        var issues: [ConfigIssue] = []
        var paths: [[String]] = []
        for node in nodes {
            guard case .scalar(let text, _, _) = node.value else {
                issues.append(ConfigIssue("drop: a path is text", at: node, hint: "for example address.street"))
                continue
            }
            do throws(ConfigIssue) {
                paths.append(try FieldPath.parse(text, kind: name, at: node.place, width: node.width))
            } catch { issues.append(error) }
        }
        if !issues.isEmpty { throw ConfigIssues(issues) }
        return paths
    }
}
