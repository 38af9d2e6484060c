/// A value of a YAML document and where it stands.
public struct YAMLNode: Sendable {
    /// How a scalar was written.
    public enum Style: Sendable, Hashable {
        /// Bare: `text`. The only style that may stand for a number, a truth value or nothing.
        case plain
        /// In single or double quotes.
        case quoted
        /// As a block behind `|` or `>`.
        case block
    }

    /// A key of a mapping and its value.
    public struct Entry: Sendable {
        /// The text of the key.
        public let key: String
        /// Where the key stands.
        public let keyRange: YAMLRange
        /// What stands behind it.
        public let value: YAMLNode
    }

    /// What a node is.
    public indirect enum Content: Sendable {
        /// A text. What it means, a number or a name, is up to the reader.
        case scalar(String, Style)
        /// Values in order.
        case sequence([YAMLNode])
        /// Keys with their values, in the order of the file; no key comes twice.
        case mapping([Entry])
    }

    /// What it is.
    public let content: Content
    /// Where it stands. What an alias stands for keeps the place where it was written.
    public let range: YAMLRange
}
