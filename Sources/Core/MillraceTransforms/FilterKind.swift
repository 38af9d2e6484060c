import Millrace

/// `filter: PATTERN`: records that match go on, the others are filtered.
///
/// The pattern is of EventBridge's language, all of it: fields with lists of what their values may be, nested as the objects
/// are; strings, numbers, `true`, `false`, `null`, `prefix`, `suffix`, `equals-ignore-case` (also inside `prefix` and
/// `suffix`), `wildcard`, `cidr`, `anything-but`, `numeric`, `exists`, `exactly`; and `$or`, a list of patterns of which one
/// must match.
///
/// Of an array any element may match, and several fields below an array, those in `$or` among them, must match in one
/// element. `exists: false` means that the field has no value anywhere in the record, whichever elements lead to it. Numbers
/// compare by value, exactly; a string that is an IP address stands for all ways to write this address. Case is that of
/// Unicode, letter by letter. A dot in a field's name means an object, as in paths; a member whose own name
/// has a dot is not found. A field is asked for once, inside `$or` or beside it.
public struct FilterKind: TransformKind {
    /// The kind.
    public init() {}
    /// `filter`
    public var name: String { "filter" }
    /// For the reference.
    public var meaning: String { "Keeps the records that match an EventBridge pattern." }
    /// For the reference.
    public var example: String { "{ type: [order.created], amount: [{ numeric: [\">=\", 100] }] }" }

    /// Parses the pattern.
    public func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        JSONTransform(.predicate(try PatternParser.parse(node, kind: name), keepsMatches: true))
    }
}

/// `when: PATTERN` of a sink: it gets the records that match. The pattern is that of ``FilterKind``.
public struct WhenPattern: PatternKind {
    /// The kind.
    public init() {}

    /// Parses the pattern.
    public func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        JSONTransform(.predicate(try PatternParser.parse(node, kind: "when"), keepsMatches: true))
    }
}
