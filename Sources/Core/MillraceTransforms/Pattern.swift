/// A pattern, checked: the fields that a record must have, and what their values may be. All fields must match; of the
/// tests of a field, one; of each choice, one branch.
struct Pattern: Sendable {
    /// A field by its name in the object that the pattern stands for.
    struct Field: Sendable {
        let name: String
        var value: Value
    }

    /// What is asked of a field.
    enum Value: Sendable {
        /// Its value, or an element of it where it is an array, passes one of these.
        case tests([Test])
        /// It is an object, or has one among its elements, that matches.
        case object(Pattern)
    }

    /// What is asked of a single value.
    indirect enum Test: Sendable, Equatable {
        /// A string that is, begins or ends with these characters.
        case text(TextTest, String)
        /// The same without regard to case, see ``FoldedText``.
        case folded(TextTest, String)
        /// A string that has these pieces in this order: it begins with the first one, ends with the last one, and
        /// anything may lie between two of them. One piece alone is the whole string.
        case wildcard([String])
        /// A string that is an IP address of this network.
        case network(IPNetwork)
        /// A number of this value, whatever its form.
        case number(String)
        /// A number within all of these bounds.
        case bounds([Bound])
        /// This literal.
        case boolean(Bool)
        /// This literal.
        case null
        /// Any string, number or literal.
        case exists
        /// There is none in the whole record.
        case absent
        /// A string, number or literal that passes none of these.
        case noneOf([Test])
    }

    /// How characters are compared.
    enum TextTest: Sendable {
        case equals, prefix, suffix
    }

    /// One side of a range.
    struct Bound: Sendable, Equatable {
        enum Comparison: String, Sendable, CaseIterable {
            case equal = "=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
        }

        let comparison: Comparison
        /// A number as JSON writes it.
        let number: String
    }

    var fields: [Field] = []
    /// Branches of `$or`: patterns of the same object.
    var choices: [[Pattern]] = []

    /// The paths whose values it looks at.
    var paths: [[String]] {
        let paths = fields.flatMap { field in
            switch field.value {
            case .tests: [[field.name]]
            case .object(let pattern): pattern.paths.map { [field.name] + $0 }
            }
        }
        return paths + choices.flatMap { $0.flatMap(\.paths) }
    }

    /// How many fields may be absent, see ``Matcher/mostAbsences``.
    var absenceCount: Int { absences.count }

    private var absences: Set<[String]> {
        var found: Set<[String]> = []
        for field in fields {
            switch field.value {
            case .tests(let tests): if tests.contains(.absent) { found.insert([field.name]) }
            case .object(let pattern): found.formUnion(pattern.absences.map { [field.name] + $0 })
            }
        }
        return choices.joined().reduce(into: found) { $0.formUnion($1.absences) }
    }
}
