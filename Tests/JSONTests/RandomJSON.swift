/// Random texts over few names, so that paths meet members, duplicates and arrays.
enum RandomJSON {
    static let names = ["a", "b", "cd", "e\\u0066", "\\\"", ""]
    static let unescaped = ["a", "b", "cd", "ef", "\"", ""]

    static func path(_ random: inout SplitMix64) -> [String] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in unescaped[Int.random(in: 0..<4, using: &random)] }
    }

    /// An object; with `isPlain` one without arrays, duplicates and odd names.
    static func object(_ random: inout SplitMix64, depth: Int, isPlain: Bool = false) -> String {
        var some = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            names[Int.random(in: 0..<names.count, using: &random)]
        }
        if isPlain { some = names[..<4].shuffled(using: &random).dropLast(Int.random(in: 0...4, using: &random)) }
        let members = some.map { name in
            let value = value(&random, depth: depth + 1, isPlain: isPlain)
            return "\(space(&random))\"\(name)\"\(space(&random)):\(space(&random))\(value)\(space(&random))"
        }
        return "{" + (members.isEmpty ? space(&random) : members.joined(separator: ",")) + "}"
    }

    static func value(_ random: inout SplitMix64, depth: Int, isPlain: Bool) -> String {
        switch Int.random(in: 0..<(depth > 3 ? 5 : 9), using: &random) {
        case 0:
            return "\"" + ["", "x", "a,b", "}]{[:", "\\\"", "é", "\\\\"][Int.random(in: 0..<7, using: &random)] + "\""
        case 1: return ["0", "-1.5", "3e2", "12345678901234567890"][Int.random(in: 0..<4, using: &random)]
        case 2: return ["true", "false", "null"][Int.random(in: 0..<3, using: &random)]
        case 3, 4: return "7"
        case 5 where !isPlain, 6 where !isPlain:
            let elements = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                value(&random, depth: depth + 1, isPlain: isPlain)
            }
            return "[" + elements.joined(separator: ",") + space(&random) + "]"
        default: return object(&random, depth: depth, isPlain: isPlain)
        }
    }

    static func space(_ random: inout SplitMix64) -> String {
        ["", "", "", " ", "\n\t"][Int.random(in: 0..<5, using: &random)]
    }
}
