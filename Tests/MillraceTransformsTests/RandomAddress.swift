/// Random IP addresses, some of them spoilt, and patterns that look for them; both in JSON.
enum RandomAddress {
    private static let bytes = ["0", "1", "9", "10", "203", "007", "255"]
    private static let groups = ["0", "1", "db8", "DB8", "2001", "00ff", "ffff", "a01", "00001"]

    /// A network or an address.
    static func pattern(_ random: inout SplitMix64) -> String {
        let isVersion4 = Bool.random(using: &random)
        let text = isVersion4 ? version4(&random, first: "203") : version6(&random, first: "2001")
        if Int.random(in: 0..<4, using: &random) == 0 { return "{\"a\": [\"\(text)\"]}" }
        let bits = isVersion4 ? Int.random(in: 0...32, using: &random) : Int.random(in: 33...128, using: &random)
        return "{\"a\": [{\"cidr\": \"\(text)/\(isVersion4 ? max(8, bits) : bits)\"}]}"
    }

    /// An object with an address, or nearly one.
    static func event(_ random: inout SplitMix64) -> String {
        let isVersion4 = Bool.random(using: &random)
        let first = Int.random(in: 0..<4, using: &random) > 0
        var text = Array(
            isVersion4
                ? version4(&random, first: first ? "203" : pick(bytes, &random))
                : version6(&random, first: first ? "2001" : pick(groups, &random)))
        if Int.random(in: 0..<4, using: &random) == 0 { spoil(&text, &random) }
        return "{\"a\":\"\(String(text))\"}"
    }

    private static func pick(_ from: [String], _ random: inout SplitMix64) -> String {
        from[Int.random(in: 0..<from.count, using: &random)]
    }

    private static func version4(_ random: inout SplitMix64, first: String) -> String {
        ([first] + (0..<3).map { _ in pick(Bool.random(using: &random) ? ["0"] : bytes, &random) }).joined(
            separator: ".")
    }

    /// All groups, or some with a gap, or an address of version 4 in one of version 6.
    private static func version6(_ random: inout SplitMix64, first: String) -> String {
        func some(_ count: Int) -> [String] { (0..<count).map { _ in pick(groups, &random) } }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return ([first] + some(7)).joined(separator: ":")
        case 1: return "::ffff:cb00:" + pick(groups, &random)
        case 2: return first + "::" + pick(groups, &random)
        default:
            let count = Int.random(in: 0...6, using: &random)
            let front = Int.random(in: 0...count, using: &random)
            let head = front > 0 ? [first] + some(front - 1) : []
            return head.joined(separator: ":") + "::" + some(count - front).joined(separator: ":")
        }
    }

    private static func spoil(_ text: inout [Character], _ random: inout SplitMix64) {
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text.remove(at: place)
        case 1: text.insert(":", at: place)
        default: text.insert(pick([".", "0", "g", " ", "/", "5"], &random).first ?? "x", at: place)
        }
    }
}
