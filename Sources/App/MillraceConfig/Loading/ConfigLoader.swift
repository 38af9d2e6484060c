import Millrace
import YAML

/// Reads config files against the kinds that a program knows.
public struct ConfigLoader: Sendable {
    private let registry: Registry
    private let variables: Variables?
    private let paths: PathLook

    /// A loader for configs of these kinds.
    /// - Parameters:
    ///   - variables: Where `${…}` gets values from; nil leaves variables alone, so that a config can be checked, or its
    ///     name read, where its secrets are not at hand. Values with variables in them are then not checked.
    ///   - paths: What lies where the config wants to make something.
    public init(registry: Registry, variables: Variables?, paths: PathLook = .nowhere) {
        self.registry = registry
        self.variables = variables
        self.paths = paths
    }

    /// Reads the content of a file. Never fails: what is wrong is in the answer. Opens no file but those that the config
    /// names by `${file:…}` and `${credential:…}`.
    /// - Parameter path: How messages name the file.
    public func load(_ bytes: [UInt8], path: String) -> LoadedConfig {
        let document = YAMLDocument(bytes)
        let broken = document.problems.map { problem in
            ConfigIssue(
                problem.message,
                at: ConfigPlace(line: problem.range.start.line, column: problem.range.start.column),
                width: problem.range.width, hint: problem.hint)
        }
        guard let tree = document.root else {
            let empty = ConfigIssue(
                "the file is empty", at: ConfigPlace(line: 1, column: 1),
                hint: "it needs name, source, sinks and dead_letter")
            let source = ConfigSource(path: path, text: document.text, secrets: [:])
            return LoadedConfig(source, config: nil, root: nil, issues: broken.isEmpty ? [empty] : broken)
        }
        var reader = NodeReader(variables)
        let root = reader.read(tree)
        let source = ConfigSource(path: path, text: document.text, secrets: reader.secrets)
        let checker = Checker(
            registry, unknown: reader.unknown, secrets: reader.secretValues, issues: broken + reader.issues,
            paths: paths)
        let config = checker.pipeline(root)
        return LoadedConfig(source, config: config, root: root, issues: checker.issues)
    }
}
