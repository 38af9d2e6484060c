import JSON

/// Lays patterns out as the flat lists of a ``Matcher``.
struct MatcherCompiler {
    private(set) var nodes: [Matcher.Node] = []
    private(set) var fields: [Matcher.Field] = []
    private(set) var choices: [Range<Int>] = []
    private(set) var branches: [Int] = []
    private(set) var tests: [Matcher.Test] = []
    private(set) var bounds: [Matcher.Bound] = []
    private(set) var absences: [Range<Int>] = []
    private(set) var ways: [JSONSlot] = []
    private(set) var pieces: [Range<Int>] = []
    private(set) var networks: [IPNetwork] = []
    private(set) var bytes: [UInt8] = []
    /// The absences of the pattern that is being added, by their paths.
    private var absent: [[String]: Int] = [:]
    private let slots: JSONFields

    init(_ slots: JSONFields) { self.slots = slots }

    mutating func add(_ pattern: Pattern, keepsMatches: Bool) -> Matcher.Predicate {
        let first = absences.count
        absent = [:]
        let node = add(pattern, path: [])
        return Matcher.Predicate(node: node, keepsMatches: keepsMatches, absences: first..<absences.count)
    }

    /// Adds an object with everything below it; the fields of one object lie together.
    private mutating func add(_ pattern: Pattern, path: [String]) -> Int {
        let place = nodes.count
        nodes.append(Matcher.Node(fields: 0..<0, choices: 0..<0))
        let found = pattern.fields.map { add($0, path: path + [$0.name]) }
        nodes[place].fields = fields.count..<fields.count + found.count
        fields += found
        let nodesOfChoices = pattern.choices.map { $0.map { add($0, path: path) } }
        nodes[place].choices = choices.count..<choices.count + nodesOfChoices.count
        for nodes in nodesOfChoices {
            choices.append(branches.count..<branches.count + nodes.count)
            branches += nodes
        }
        return place
    }

    private mutating func add(_ field: Pattern.Field, path: [String]) -> Matcher.Field {
        let slot = slot(path)
        switch field.value {
        case .object(let pattern):
            return Matcher.Field(slot: slot, node: add(pattern, path: path), tests: 0..<0, absence: nil)
        case .tests(let all):
            let tests = all.filter { $0 != .absent }
            let found = add(tests.filter { !$0.isCostly } + tests.filter(\.isCostly))
            let absence = all.contains(.absent) ? addAbsence(path) : nil
            return Matcher.Field(slot: slot, node: nil, tests: found, absence: absence)
        }
    }

    private mutating func addAbsence(_ path: [String]) -> Int {
        if let known = absent[path] { return known }
        let way = path.indices.map { slot(Array(path[...$0])) }
        absences.append(ways.count..<ways.count + way.count)
        ways += way
        absent[path] = absences.count - 1
        return absences.count - 1
    }

    /// The fields were made from the paths of the patterns, so there is a slot for each.
    private func slot(_ path: [String]) -> JSONSlot {
        let slot = slots.slot(of: path)
        precondition(slot != nil, "a path of the pattern is not among the fields")
        return slot ?? JSONSlot.none
    }

    private mutating func add(_ all: [Pattern.Test]) -> Range<Int> {
        let found = all.map { add($0) }
        let first = tests.count
        tests += found
        return first..<tests.count
    }

    private mutating func add(_ test: Pattern.Test) -> Matcher.Test {
        switch test {
        case .text(.equals, let text): return Matcher.Test(kind: .equals, range: add(text))
        case .text(.prefix, let text): return Matcher.Test(kind: .prefix, range: add(text))
        case .text(.suffix, let text): return Matcher.Test(kind: .suffix, range: add(text))
        case .folded(.equals, let text): return Matcher.Test(kind: .folded, range: add(folded: text))
        case .folded(.prefix, let text): return Matcher.Test(kind: .foldedPrefix, range: add(folded: text))
        case .folded(.suffix, let text):
            return Matcher.Test(kind: .foldedSuffix, range: add(FoldedText.compile(text, backwards: true)))
        case .wildcard(let some):
            let found = some.map { add($0) }
            pieces += found
            return Matcher.Test(kind: .wildcard, range: pieces.count - found.count..<pieces.count)
        case .network(let network):
            networks.append(network)
            return Matcher.Test(kind: .network, range: networks.count - 1..<networks.count)
        case .number(let text): return Matcher.Test(kind: .number, range: add(text), number: Self.number(text))
        case .boolean(let value): return Matcher.Test(kind: value ? .isTrue : .isFalse, range: 0..<0)
        case .null: return Matcher.Test(kind: .null, range: 0..<0)
        case .exists, .absent: return Matcher.Test(kind: .exists, range: 0..<0)
        case .noneOf(let others): return Matcher.Test(kind: .noneOf, range: add(others))
        case .bounds(let sides):
            let first = bounds.count
            for side in sides {
                bounds.append(
                    Matcher.Bound(
                        comparison: side.comparison, number: Self.number(side.number), text: add(side.number)))
            }
            return Matcher.Test(kind: .bounds, range: first..<bounds.count)
        }
    }

    private mutating func add(_ text: String) -> Range<Int> { add(Array(text.utf8)) }

    private mutating func add(folded text: String) -> Range<Int> { add(FoldedText.compile(text, backwards: false)) }

    private mutating func add(_ some: [UInt8]) -> Range<Int> {
        let first = bytes.count
        bytes += some
        return first..<bytes.count
    }

    private static func number(_ text: String) -> JSONNumber {
        JSONNumber(Array(text.utf8).span) ?? JSONNumber.zero
    }
}

extension Pattern.Test {
    /// Whether it goes behind the others of its field: it looks at each character, where they compare a block.
    fileprivate var isCostly: Bool {
        switch self {
        case .folded, .wildcard, .network: true
        case .noneOf(let others): others.contains(where: \.isCostly)
        default: false
        }
    }
}
