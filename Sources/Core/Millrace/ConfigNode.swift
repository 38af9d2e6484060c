/// A place in a config file, both counted from 1.
public struct ConfigPlace: Sendable, Hashable, Comparable {
    /// The line.
    public let line: Int
    /// The column, in characters.
    public let column: Int

    /// Line `line`, column `column`.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The natural order.
    public static func < (left: ConfigPlace, right: ConfigPlace) -> Bool {
        left.line != right.line ? left.line < right.line : left.column < right.column
    }
}

/// A value of a config file with its place, after variables were expanded: what kinds parse that have a form of
/// their own (patterns, projections).
public struct ConfigNode: Sendable {
    /// What a node holds.
    public indirect enum Value: Sendable {
        /// Text. `isQuoted` tells `"3"` from `3`, and `isSecret` what must be shown as `***`.
        case scalar(String, isQuoted: Bool, isSecret: Bool)
        /// `[a, b]`
        case sequence([ConfigNode])
        /// `{a: b}`, in the order of the file; keys are unique.
        case mapping([Entry])
    }

    /// A key and its value.
    public struct Entry: Sendable {
        /// The key.
        public let key: String
        /// Where the key stands.
        public let keyPlace: ConfigPlace
        /// The value.
        public let value: ConfigNode

        /// `key: value`
        public init(key: String, keyPlace: ConfigPlace, value: ConfigNode) {
            self.key = key
            self.keyPlace = keyPlace
            self.value = value
        }
    }

    /// What it holds.
    public let value: Value
    /// Where it begins.
    public let place: ConfigPlace
    /// How many characters a caret line marks.
    public let width: Int

    /// A node at `place`.
    public init(_ value: Value, at place: ConfigPlace, width: Int = 1) {
        self.value = value
        self.place = place
        self.width = width
    }
}

/// A mistake in a config file.
public struct ConfigIssue: Error, Sendable, Hashable {
    /// How much it matters.
    public enum Severity: Sendable, Hashable {
        /// Nothing may start.
        case error
        /// It works, but hardly as meant.
        case warning
    }

    /// How much it matters.
    public let severity: Severity
    /// Where.
    public let place: ConfigPlace
    /// How many characters are marked from there.
    public let width: Int
    /// What is wrong, beginning with the key's path: one line, without control characters.
    public let message: String
    /// What to write instead, in a few words, as plain.
    public let hint: String?

    /// A mistake at `place`. Control characters of the texts, which may name keys and values of the file, become spaces.
    public init(
        _ message: String, at place: ConfigPlace, width: Int = 1, hint: String? = nil, severity: Severity = .error
    ) {
        self.severity = severity
        self.place = place
        self.width = width
        self.message = Self.plain(message)
        self.hint = hint.map(Self.plain)
    }

    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// A mistake at `node`.
    public init(_ message: String, at node: ConfigNode, hint: String? = nil) {
        self.init(message, at: node.place, width: node.width, hint: hint)
    }
}

/// All mistakes that were found in one go.
public struct ConfigIssues: Error, Sendable {
    /// At least one.
    public let issues: [ConfigIssue]

    /// Several mistakes.
    public init(_ issues: [ConfigIssue]) { self.issues = issues }

    /// One mistake.
    public init(_ issue: ConfigIssue) { issues = [issue] }
}
