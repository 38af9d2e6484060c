import Millrace
import YAML

/// Makes config nodes of a YAML tree, with every variable in its values expanded.
struct NodeReader {
    private let expansion: VariableExpansion
    /// What is wrong with variables.
    private(set) var issues: [ConfigIssue] = []
    /// The places of scalars whose value is not known: a variable failed, or variables are left alone. Nothing more is
    /// said about these.
    private(set) var unknown: Set<ConfigPlace> = []
    /// The stretches of the file that hold a secret in plain text, by line.
    private(set) var secrets: [Int: [Range<Int>]] = [:]
    /// Secret values, whatever makes them so, by their places and by those of their keys.
    private(set) var secretValues: [ConfigPlace: String] = [:]

    init(_ variables: Variables?) {
        expansion = VariableExpansion(variables: variables)
    }

    /// The node, by the key it stands behind.
    mutating func read(_ node: YAMLNode, under key: String? = nil) -> ConfigNode {
        let place = ConfigPlace(line: node.range.start.line, column: node.range.start.column)
        switch node.content {
        case .scalar(let text, let style):
            if let key, Secrecy.isSecret(key), node.range.start.line == node.range.end.line, !text.contains("${") {
                secrets[place.line, default: []].append(place.column..<max(node.range.end.column, place.column))
            }
            let value = scalar(text, isQuoted: style != .plain, at: place, width: node.range.width)
            if case .scalar(let expanded, _, let isSecret) = value, isSecret || key.map(Secrecy.isSecret) == true {
                secretValues[place] = expanded
            }
            return ConfigNode(value, at: place, width: node.range.width)
        case .sequence(let items):
            return ConfigNode(.sequence(items.map { read($0, under: key) }), at: place, width: node.range.width)
        case .mapping(let entries):
            let members = entries.map { entry in
                let keyPlace = ConfigPlace(line: entry.keyRange.start.line, column: entry.keyRange.start.column)
                let value = read(entry.value, under: entry.key)
                // A mapping may begin at the place of its first key; a scalar value never does.
                if case .scalar = value.value { secretValues[keyPlace] = secretValues[value.place] }
                return ConfigNode.Entry(key: entry.key, keyPlace: keyPlace, value: value)
            }
            return ConfigNode(.mapping(members), at: place, width: node.range.width)
        }
    }

    private mutating func scalar(
        _ text: String, isQuoted: Bool, at place: ConfigPlace, width: Int
    ) -> ConfigNode.Value {
        let (outcome, problems) = expansion.expand(text)
        // A value that an alias repeats is looked at each time, and complained about once.
        if !unknown.contains(place) {
            issues += problems.map { ConfigIssue($0.message, at: place, width: width, hint: $0.hint) }
        }
        switch outcome {
        case .plain(let value) where problems.isEmpty:
            return .scalar(value, isQuoted: isQuoted, isSecret: false)
        case .secret(let value) where problems.isEmpty:
            return .scalar(value, isQuoted: isQuoted, isSecret: true)
        default:
            unknown.insert(place)
            return .scalar("", isQuoted: isQuoted, isSecret: true)
        }
    }
}
