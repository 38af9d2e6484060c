/// Patterns with `$or`, made such that each of its branches can be held against a record on its own.
extension Pattern {
    /// The most branches that `$or` may come to where the members that it speaks of are asked for beside it as well.
    static let mostBranches = 256

    /// The same pattern, where no member of an object is spoken of both in a choice and beside it.
    ///
    /// All that a record is asked for below an array must be met by one element. So what a branch asks of a member goes
    /// together with all else that is asked of this member: `{ a: { b: [1] }, $or: [{ a: { c: [2] } }, { d: [3] }] }`
    /// becomes `{ $or: [{ a: { b: [1], c: [2] } }, { a: { b: [1] }, d: [3] }] }`. What shares no member stays as it is.
    ///
    /// No field may be asked for twice. Returns nil where there are more than ``mostBranches``.
    func separated() -> Pattern? {
        var room = Self.mostBranches
        return separated(&room)
    }

    private func separated(_ room: inout Int) -> Pattern? {
        var (free, waiting, result) = (fields, choices, Pattern())
        while let choice = waiting.popLast() {
            let group = Self.group(choice, &free, &waiting)
            guard let branches = Self.product(group.choices, Pattern(fields: group.fields), &room) else { return nil }
            var separate: [Pattern] = []
            for branch in branches {
                guard let branch = branch.separated(&room) else { return nil }
                separate.append(branch)
            }
            result.choices.insert(separate, at: 0)
        }
        for field in free {
            var field = field
            if case .object(let pattern) = field.value {
                guard let pattern = pattern.separated(&room) else { return nil }
                field.value = .object(pattern)
            }
            result.fields.append(field)
        }
        return result
    }

    /// A choice with the fields and the other choices that speak of the same members; they are taken out of their lists.
    private static func group(
        _ choice: [Pattern], _ fields: inout [Field], _ others: inout [[Pattern]]
    ) -> (fields: [Field], choices: [[Pattern]]) {
        var choices = [choice]
        var names = Set(choice.flatMap(\.names))
        while let place = others.firstIndex(where: { !names.isDisjoint(with: $0.flatMap(\.names)) }) {
            names.formUnion(others[place].flatMap(\.names))
            choices.append(others.remove(at: place))
        }
        let group = fields.filter { names.contains($0.name) }
        fields.removeAll { names.contains($0.name) }
        return (group, choices)
    }

    /// `base` with a branch of each choice, in all ways.
    private static func product(_ choices: [[Pattern]], _ base: Pattern, _ room: inout Int) -> [Pattern]? {
        if choices.count == 1, base.fields.isEmpty { return choices[0] }
        var branches = [base]
        for choice in choices {
            guard branches.count * choice.count <= room else { return nil }
            branches = branches.flatMap { branch in choice.map { branch.joined(with: $0) } }
        }
        room -= branches.count
        return branches
    }

    /// A pattern for what both match.
    private func joined(with other: Pattern) -> Pattern {
        var joined = self
        let isNew = joined.insert(other)
        precondition(isNew, "a field is asked for twice")
        return joined
    }

    /// The members that it speaks of.
    private var names: [String] { fields.map(\.name) + choices.flatMap { $0.flatMap(\.names) } }
}
