import Millrace

/// `project: { NAME: PATH, … }`: a new object of the values at the paths, in this order.
///
/// Values are copied as they stand in the record, byte for byte. A path that leads nowhere, or into an array, is left
/// out; a record in which all do becomes `{}`.
public struct ProjectKind: TransformKind {
    /// The kind.
    public init() {}
    /// `project`
    public var name: String { "project" }
    /// For the reference.
    public var meaning: String { "Makes a new object: names, and the paths in the record that their values come from." }
    /// For the reference.
    public var example: String { "{ id: id, total: amount, country: address.country }" }

    /// Parses names and paths.
    public func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        guard case .mapping(let entries) = node.value, !entries.isEmpty else {
            throw ConfigIssues(
                ConfigIssue(
                    "project must be a mapping of new names to paths", at: node,
                    hint: "for example { id: id, country: address.country }"))
        }
        var issues: [ConfigIssue] = []
        var members: [(name: String, path: [String])] = []
        for entry in entries {
            do throws(ConfigIssue) { members.append(try member(entry)) } catch { issues.append(error) }
        }
        if !issues.isEmpty { throw ConfigIssues(issues) }
        return JSONTransform(.project(members))
    }

    private func member(_ entry: ConfigNode.Entry) throws(ConfigIssue) -> (name: String, path: [String]) {
        guard case .scalar(let path, _, _) = entry.value.value else {
            throw ConfigIssue(
                "project: \(entry.key) must be a path", at: entry.value, hint: "for example address.country")
        }
        if entry.key.contains(".") {
            throw ConfigIssue(
                "project: name \"\(entry.key)\" has a dot; objects inside the new one are not in this version",
                at: entry.keyPlace, width: entry.key.count)
        }
        let names = try FieldPath.parse(path, kind: name, at: entry.value.place, width: entry.value.width)
        return (entry.key, names)
    }
}
