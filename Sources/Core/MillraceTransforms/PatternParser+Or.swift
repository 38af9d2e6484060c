import Millrace

/// `$or`, and what it means for the names of fields.
extension PatternParser {
    /// A field that was asked for, and whether in a branch of `$or`.
    struct Asked {
        let path: [String]
        let isInOr: Bool
    }

    /// What EventBridge keeps for matches and does not take as the name of a field inside `$or`.
    private static let reserved = [
        "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
        "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
        "date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
    ]

    /// The patterns of `$or`, of which one must match in the object where it stands.
    mutating func choice(_ entry: ConfigNode.Entry, path: [String], into pattern: inout Pattern) {
        guard case .sequence(let nodes) = entry.value.value, nodes.count > 1 else {
            return complain(
                "$or takes a list of two patterns or more", entry.value,
                hint: "for example $or: [{ type: [a] }, { size: [b] }]")
        }
        // The branches are apart from each other: each may ask for what another one asks for.
        let before = asked
        var branches: [Pattern] = []
        var inBranches: [Asked] = []
        for node in nodes {
            asked = before
            branches.append(object(node, path: path, isInOr: true))
            inBranches += asked.dropFirst(before.count)
        }
        asked = before + inBranches
        pattern.choices.append(branches)
    }

    /// Whether the name of a field is one inside `$or` as well.
    mutating func isName(_ entry: ConfigNode.Entry) -> Bool {
        guard Self.reserved.contains(entry.key) else { return true }
        let hint = Self.words.contains(entry.key) ? "it goes into a field's list: [{ \(entry.key): … }]" : nil
        complain("inside $or no field can be called \(entry.key)", entry, hint: hint)
        return false
    }

    /// Notes that a field is asked for; false, and complains, where it was before, or an object that it is or lies in.
    mutating func ask(_ path: [String], _ entry: ConfigNode.Entry, isInOr: Bool) -> Bool {
        if let other = asked.first(where: { $0.path.starts(with: path) || path.starts(with: $0.path) }) {
            let hint = isInOr || other.isInOr ? "write it either beside $or or in its branches" : nil
            complain("\(path.joined(separator: ".")) is asked for twice", entry, hint: hint)
            return false
        }
        asked.append(Asked(path: path, isInOr: isInOr))
        return true
    }
}
