import Millrace
import YAML

/// What came of reading a config file.
public struct LoadedConfig: Sendable {
    /// The checked config; nil when something is wrong, or when variables were left alone and it has some.
    public let config: PipelineConfig?
    /// Everything that was found, by place.
    public let issues: [ConfigIssue]
    /// The pipeline's name, also of a config with mistakes or with variables left alone.
    public let name: String?
    let source: ConfigSource
    let root: ConfigNode?

    init(_ source: ConfigSource, config: PipelineConfig?, root: ConfigNode?, issues: [ConfigIssue]) {
        self.source = source
        self.config = config
        self.root = root
        let widths = root.map(Self.widths) ?? [:]
        // Sorting keeps the order of issues of one place only because the number comes second.
        self.issues = Self.distinct(issues).enumerated().sorted { left, right in
            (left.element.place, left.offset) < (right.element.place, right.offset)
        }.map { Self.widened($0.element, widths) }
        let given = root?.entries?.first { $0.key == "name" }?.value.value
        if case .scalar(let text, _, isSecret: false)? = given, Checker.isName(text, extra: ".") {
            name = text
        } else {
            name = config?.name
        }
    }

    /// Whether nothing is wrong; warnings may remain.
    public var isValid: Bool { !issues.contains { $0.severity == .error } }

    private static func distinct(_ issues: [ConfigIssue]) -> [ConfigIssue] {
        var seen: Set<ConfigIssue> = []
        return issues.filter { seen.insert($0).inserted }
    }

    /// A kind knows the place of a value, but not how it is written; the whole of it is marked.
    private static func widened(_ issue: ConfigIssue, _ widths: [ConfigPlace: Int]) -> ConfigIssue {
        guard let width = widths[issue.place] else { return issue }
        return ConfigIssue(
            issue.message, at: issue.place, width: width, hint: issue.hint, severity: issue.severity)
    }

    /// How wide the values and keys are, by where they begin.
    private static func widths(_ node: ConfigNode) -> [ConfigPlace: Int] {
        var widths = [node.place: node.width]
        switch node.value {
        case .scalar: break
        case .sequence(let items):
            for item in items { widths.merge(Self.widths(item)) { $1 } }
        case .mapping(let entries):
            for entry in entries {
                widths[entry.keyPlace] = max(entry.key.unicodeScalars.count, 1)
                widths.merge(Self.widths(entry.value)) { $1 }
            }
        }
        return widths
    }
}
