/// Random patterns and events over few names and values, so that they often match; both in JSON.
enum RandomPattern {
    private static let names = ["a", "b", "c"]
    private static let strings = [#""""#, #""x""#, #""xy""#, #""yx""#, #""5""#, #""true""#]
    /// Texts of events besides: other cases, escapes, letters of several bytes, and what wildcards have to escape.
    private static let eventStrings =
        strings + [
            #""X""#, #""Xy""#, #""\u0058Y""#, #""É""#, #""xé""#, #""\u00e9""#, #""SS""#, #""ß""#, #""x*y""#, #""*""#,
        ]
        + [
            #""10.1.2.3""#, #""010.1.2.4""#, #""::1""#, #""2001:DB8::5""#, #""\\""#, #""xyxyx""#, #""yxxyyx""#,
            #""x\ty""#,
        ]
    /// Texts that are compared without regard to case.
    private static let foldedStrings = [
        #""""#, #""x""#, #""xY""#, #""É""#, #""é""#, #""ß""#, #""sS""#, #""yX""#, #""Éy""#,
    ]
    private static let networks = [
        "10.1.2.3/8", "10.1.2.2/31", "192.168.0.0/16", "2001:db8::/32", "::/64", "10.1.2.3", "10.1.2.3/32", "x/8",
    ]
    private static let numbers = ["0", "1", "5", "300", "300.0", "3e2", "-1.5", "0.5", "5e-1"]
    private static let literals = ["true", "false", "null"]

    /// What a pattern is made of: an easy one asks little, and absent fields are asked for only where they may be.
    struct Style {
        var isEasy = false
        var mayBeAbsent = true
        var hasChoices = false
        /// Whether the whole pattern may have some.
        var isOfChoices = false
        var hasWildcards = true
        var ignoresCase = true
        /// All about which element of an array has what, see ``arrays(_:)``.
        var isAboutArrays = false
    }

    /// A pattern. With `isComparable` without what event-ruler sees otherwise, see ``OracleTests``.
    static func make(_ random: inout SplitMix64, isEasy: Bool = false, isComparable: Bool = false) -> String {
        tree(&random, isEasy: isEasy, isComparable: isComparable).text
    }

    /// A pattern as a tree; no field is asked for twice.
    static func tree(
        _ random: inout SplitMix64, isEasy: Bool = false, isComparable: Bool = false
    ) -> PatternTree {
        var style = Style(isEasy: isEasy, hasChoices: Bool.random(using: &random))
        if isComparable {
            style.hasWildcards = Bool.random(using: &random)
            style.ignoresCase = !style.hasWildcards
        }
        return tree(&random, style, isComparable)
    }

    /// A pattern with `$or` for the events of ``arrays(_:)``.
    static func treeForArrays(_ random: inout SplitMix64, isComparable: Bool = false) -> PatternTree {
        tree(&random, Style(hasChoices: true, isAboutArrays: true), isComparable)
    }

    private static func tree(_ random: inout SplitMix64, _ style: Style, _ isComparable: Bool) -> PatternTree {
        var style = style
        style.isOfChoices = style.hasChoices
        while true {
            var asked: [[String]] = []
            if let tree = object(&random, [], style, isComparable, &asked) { return tree }
        }
    }

    /// An event of arrays of objects of zeros and ones.
    static func arrays(_ random: inout SplitMix64) -> String {
        func member(_ name: String, _ value: () -> String) -> String { "\"\(name)\":\(value())" }
        func object() -> String {
            let members = some(&random, 1...3).map { name in member(name) { pick(["0", "1"], &random) } }
            return "{\(members.joined(separator: ","))}"
        }
        let members = some(&random, 1...3).map { name in
            member(name) {
                let objects = (0..<Int.random(in: 1...3, using: &random)).map { _ in object() }
                return "[\(objects.joined(separator: ","))]"
            }
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// An event without two members of one name.
    static func event(_ random: inout SplitMix64) -> String { eventObject(&random, depth: 0) }

    private static func pick(_ from: [String], _ random: inout SplitMix64) -> String {
        from[Int.random(in: 0..<from.count, using: &random)]
    }

    private static func some(_ random: inout SplitMix64, _ range: ClosedRange<Int>) -> [String] {
        Array(names.shuffled(using: &random).prefix(Int.random(in: range, using: &random)))
    }

    /// An object of a pattern; nil where all that it would have asked for is asked for already.
    private static func object(
        _ random: inout SplitMix64, _ path: [String], _ style: Style, _ isComparable: Bool, _ asked: inout [[String]]
    ) -> PatternTree? {
        let some = some(&random, 1...(style.isEasy ? 1 : 2))
        var style = style
        if isComparable, !path.isEmpty, some.count > 1 || style.isOfChoices { style.mayBeAbsent = false }
        var tree = PatternTree()
        for name in some {
            let here = path + [name]
            let nests = style.isAboutArrays ? path.isEmpty : path.count < 2 && Int.random(in: 0..<5, using: &random) < 2
            if nests {
                guard let object = object(&random, here, style, isComparable, &asked) else { continue }
                tree.fields.append((name, .object(object)))
            } else if !asked.contains(where: { $0.starts(with: here) || here.starts(with: $0) }) {
                asked.append(here)
                tree.fields.append((name, .leaf(leaf(&random, style))))
            }
        }
        if style.hasChoices, Int.random(in: 0..<3, using: &random) > 0 {
            let before = asked
            var branches: [PatternTree] = []
            for _ in 0..<Int.random(in: 2...3, using: &random) {
                var here = isComparable ? asked : before
                style.hasChoices = path.isEmpty && Int.random(in: 0..<3, using: &random) == 0
                if let branch = object(&random, path, style, isComparable, &here) { branches.append(branch) }
                asked = isComparable ? here : asked + here.dropFirst(before.count)
            }
            if branches.count > 1 { tree.choices.append(branches) }
        }
        return tree.fields.isEmpty && tree.choices.isEmpty ? nil : tree
    }

    private static func leaf(_ random: inout SplitMix64, _ style: Style) -> String {
        if style.isAboutArrays {
            return pick(["[0]", "[1]", style.mayBeAbsent ? #"[{ "exists": false }]"# : "[0, 1]"], &random)
        }
        let tests = (0..<Int.random(in: 1...3, using: &random)).map { _ in test(&random, style) }
        return "[" + (tests + (style.isEasy ? [#"{ "exists": true }"#] : [])).joined(separator: ", ") + "]"
    }

    private static func test(_ random: inout SplitMix64, _ style: Style) -> String {
        switch Int.random(in: 0..<15, using: &random) {
        case 14: return "{ \"cidr\": \"\(pick(networks, &random))\" }"
        case 11 where style.hasWildcards: return "{ \"wildcard\": \(wildcard(&random)) }"
        case 12 where style.ignoresCase: return "{ \"equals-ignore-case\": \(pick(foldedStrings, &random)) }"
        case 13 where style.ignoresCase:
            let folded = "{ \"equals-ignore-case\": \(pick(foldedStrings, &random)) }"
            return "{ \"\(pick(["prefix", "suffix"], &random))\": \(folded) }"
        case 0, 1: return pick(strings, &random)
        case 2, 3: return pick(numbers, &random)
        case 4: return pick(literals, &random)
        case 5: return "{ \"\(pick(["prefix", "suffix", "exactly"], &random))\": \(pick(strings, &random)) }"
        case 6: return "{ \"exists\": \(pick(["true"] + (style.mayBeAbsent ? ["false", "false"] : []), &random)) }"
        case 7: return "{ \"numeric\": \(numeric(&random)) }"
        default: return "{ \"anything-but\": \(anythingBut(&random, style)) }"
        }
    }

    private static func numeric(_ random: inout SplitMix64) -> String {
        if Bool.random(using: &random) {
            return "[\"\(pick(["=", "<", "<=", ">", ">="], &random))\", \(pick(numbers, &random))]"
        }
        let (low, high) = (pick(numbers, &random), pick(numbers, &random))
        return "[\"\(pick([">", ">="], &random))\", \(low), \"\(pick(["<", "<="], &random))\", \(high)]"
    }

    /// Of few letters, stars and escapes; seldom with two stars in a row or a bad escape.
    private static func wildcard(_ random: inout SplitMix64) -> String {
        let parts = ["*", "*", "*", "x", "x", "y", "é", "xy", #"\\*"#, #"\\\\"#]
        var text = ""
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            let part = pick(parts, &random)
            if part != "*" || !text.hasSuffix("*") || Int.random(in: 0..<20, using: &random) == 0 { text += part }
        }
        return "\"" + text + (Int.random(in: 0..<40, using: &random) == 0 ? #"\\"# : "") + "\""
    }

    private static func anythingBut(_ random: inout SplitMix64, _ style: Style) -> String {
        let from = Bool.random(using: &random) ? strings : numbers
        let list = (0..<Int.random(in: 1...3, using: &random)).map { _ in pick(from, &random) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return pick(from, &random)
        case 1: return "[" + list.joined(separator: ", ") + "]"
        case 2: return "{ \"\(pick(["prefix", "suffix"], &random))\": \(pick(strings, &random)) }"
        default:
            let (word, make) = texts(&random, style)
            let texts = (0..<Int.random(in: 1...3, using: &random)).map { _ in make(&random) }
            return "{ \"\(word)\": " + (texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]") + " }"
        }
    }

    /// A match of texts, and what makes a text for it.
    private static func texts(_ random: inout SplitMix64, _ style: Style) -> (String, (inout SplitMix64) -> String) {
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where style.hasWildcards: ("wildcard", { wildcard(&$0) })
        case 1 where style.ignoresCase: ("equals-ignore-case", { pick(foldedStrings, &$0) })
        case 2: ("prefix", { pick(Array(strings[1...]), &$0) })
        default: ("suffix", { pick(Array(strings[1...]), &$0) })
        }
    }

    private static func eventObject(_ random: inout SplitMix64, depth: Int) -> String {
        let members = some(&random, 0...3).map { "\"\($0)\":\(eventValue(&random, depth: depth))" }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func eventValue(_ random: inout SplitMix64, depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 3 ? 4 : 9), using: &random) {
        case 0, 1: return pick(eventStrings, &random)
        case 2: return pick(numbers, &random)
        case 3: return pick(literals, &random)
        case 4, 5:
            let elements = (0..<Int.random(in: 0...3, using: &random)).map { _ in eventValue(&random, depth: depth + 1)
            }
            return "[" + elements.joined(separator: ",") + "]"
        default: return eventObject(&random, depth: depth + 1)
        }
    }
}
