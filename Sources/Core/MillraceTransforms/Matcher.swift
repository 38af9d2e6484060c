import JSON

/// Patterns, compiled: flat lists that a record is held against without allocation. Immutable; any thread.
///
/// It knows where a field's value is found by the slots of the ``JSONFields`` it was compiled for.
final class Matcher: Sendable {
    /// How many fields with `exists: false` one matcher can tell apart, a bit each.
    static let mostAbsences = 64

    /// A pattern, and whether a record that matches it is kept or dropped.
    struct Predicate {
        let node: Int
        let keepsMatches: Bool
        /// The absences to look for before the pattern is held against a record.
        let absences: Range<Int>
    }

    /// An object of a pattern: its fields, all of which must match, and its choices, of each of which one branch must.
    struct Node {
        var fields: Range<Int>
        var choices: Range<Int>
    }

    struct Field {
        let slot: JSONSlot
        /// The node of an object; nil at a leaf.
        let node: Int?
        /// The tests of a leaf.
        let tests: Range<Int>
        /// The bit that says whether the leaf exists anywhere; nil where that does not matter.
        let absence: Int?
    }

    struct Test {
        enum Kind {
            case equals, prefix, suffix, folded, foldedPrefix, foldedSuffix, wildcard, network
            case number, bounds, isTrue, isFalse, null, exists, noneOf
        }

        let kind: Kind
        /// What it refers to: bytes of a text, pieces, networks, bounds, or tests.
        let range: Range<Int>
        /// The number of `number`.
        var number = JSONNumber.zero
    }

    struct Bound {
        let comparison: Pattern.Bound.Comparison
        let number: JSONNumber
        let text: Range<Int>
    }

    let predicates: [Predicate]
    let nodes: [Node]
    let fields: [Field]
    /// The branches of each choice, and the nodes of them.
    let choices: [Range<Int>]
    let branches: [Int]
    let tests: [Test]
    let bounds: [Bound]
    /// For each absence the slots on the way to it.
    let absences: [Range<Int>]
    let ways: [JSONSlot]
    /// The bytes of each piece of a wildcard.
    let pieces: [Range<Int>]
    let networks: [IPNetwork]
    let bytes: [UInt8]

    /// Compiles patterns for records that are read with `fields`, which has all of their paths.
    init(_ patterns: [(pattern: Pattern, keepsMatches: Bool)], _ fields: JSONFields) {
        var compiler = MatcherCompiler(fields)
        predicates = patterns.map { compiler.add($0.pattern, keepsMatches: $0.keepsMatches) }
        nodes = compiler.nodes
        self.fields = compiler.fields
        choices = compiler.choices
        branches = compiler.branches
        tests = compiler.tests
        bounds = compiler.bounds
        absences = compiler.absences
        ways = compiler.ways
        pieces = compiler.pieces
        networks = compiler.networks
        bytes = compiler.bytes
    }
}
