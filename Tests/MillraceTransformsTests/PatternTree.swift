/// A pattern as a tree, for what is said of patterns with `$or`.
struct PatternTree {
    indirect enum Value {
        /// The list of a field, in JSON.
        case leaf(String)
        case object(PatternTree)
    }

    var fields: [(name: String, value: Value)] = []
    /// The branches of `$or`; at most one such list.
    var choices: [[PatternTree]] = []

    /// In JSON.
    var text: String {
        let fields = fields.map { field in
            switch field.value {
            case .leaf(let tests): "\"\(field.name)\": \(tests)"
            case .object(let tree): "\"\(field.name)\": \(tree.text)"
            }
        }
        let choices = choices.map { "\"$or\": [\($0.map(\.text).joined(separator: ", "))]" }
        return "{ \((fields + choices).joined(separator: ", ")) }"
    }

    /// The patterns without `$or` of which a record must match one: all ways through the branches.
    var alternatives: [String] {
        ways(path: "").map { way in "{ \(way.map { "\"\($0.path)\": \($0.tests)" }.joined(separator: ", ")) }" }
    }

    private typealias Way = [(path: String, tests: String)]

    private func ways(path: String) -> [Way] {
        var ways: [Way] = [[]]
        for field in fields {
            let name = path + field.name
            switch field.value {
            case .leaf(let tests): ways = ways.map { $0 + [(name, tests)] }
            case .object(let tree): ways = Self.product(ways, tree.ways(path: name + "."))
            }
        }
        for branches in choices { ways = Self.product(ways, branches.flatMap { $0.ways(path: path) }) }
        return ways
    }

    private static func product(_ some: [Way], _ more: [Way]) -> [Way] {
        some.flatMap { one in more.map { one + $0 } }
    }
}
