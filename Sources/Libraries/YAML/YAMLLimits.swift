/// How large a document may be. What goes beyond is a problem, not a crash.
public struct YAMLLimits: Sendable, Hashable {
    /// Bytes of the text.
    public var bytes: Int
    /// How deep sequences and mappings may nest, aliases followed.
    public var depth: Int
    /// How many nodes the tree may have when every alias is counted as a copy of what it stands for.
    public var nodes: Int

    /// Limits that leave room for what a person writes.
    public init(bytes: Int = 16 << 20, depth: Int = 64, nodes: Int = 100_000) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
    }
}
