import Millrace

extension Checker {
    /// A kind that was found in a mapping, and the entry that names it.
    struct Choice {
        let name: String
        let entry: ConfigNode.Entry
    }

    /// A mapping taken apart.
    struct Parts {
        /// The kind; nil where there is none or more than one, which has been said.
        var choice: Choice?
        /// What does not name a kind.
        var rest: [ConfigNode.Entry] = []
    }

    /// What kinds a mapping may name.
    struct KindList {
        /// What they are called: `sink`.
        let noun: String
        let names: [String]
        let later: Set<String>
    }

    /// Finds the one kind that a mapping names beside its common keys. What is inside is then checked as that kind alone,
    /// so that nobody has to read what it would mean to all others.
    ///
    /// A misspelt kind counts as the one that was meant, and is complained about here.
    func kind(
        in entries: [ConfigNode.Entry], _ kinds: KindList, common: [Key], path: String, owner: Mark
    ) -> Parts {
        let found = entries.filter { kinds.names.contains($0.key) }
        if found.count > 1 {
            let second = found[1]
            complain(
                "\(path) has two kinds: \(found[0].key) and \(second.key)", at: Mark(second),
                hint: "a \(kinds.noun) has one kind")
            return Parts(choice: nil, rest: entries.filter { !kinds.names.contains($0.key) })
        }
        var parts = Parts(choice: found.first.map { Choice(name: $0.key, entry: $0) })
        var isNamed = parts.choice != nil
        for entry in entries where entry.key != found.first?.key {
            if common.contains(where: { $0.name == entry.key }) {
                parts.rest.append(entry)
            } else if kinds.later.contains(entry.key) {
                isNamed = true
                complain(
                    "\(path): \(entry.key) is not in this version", at: Mark(entry),
                    hint: "known: \(Self.listed(kinds.names))")
            } else if !isNamed, let near = Nearest.match(entry.key, in: kinds.names) {
                isNamed = true
                parts.choice = Choice(name: near, entry: entry)
                unknownKind(entry, kinds, path, hint: "did you mean \"\(near)\"?")
            } else if isNamed || Nearest.match(entry.key, in: common.map(\.name)) != nil {
                parts.rest.append(entry)
            } else {
                isNamed = true
                unknownKind(entry, kinds, path, hint: "known: \(Self.listed(kinds.names))")
            }
        }
        if !isNamed {
            complain("\(path) has no kind", at: owner, hint: "one of \(Self.listed(kinds.names))")
        }
        return parts
    }

    private func unknownKind(_ entry: ConfigNode.Entry, _ kinds: KindList, _ path: String, hint: String) {
        let place = path == kinds.noun ? "" : " in \(path)"
        complain("unknown \(kinds.noun) \"\(entry.key)\"\(place)", at: Mark(entry), hint: hint)
    }

    /// Reads a list of transforms; nil when something is wrong with it.
    func steps(_ node: ConfigNode, path: String) -> [PipelineConfig.Step]? {
        if case .scalar = node.value, unknown.contains(node.place) { return nil }
        guard let items = node.items else {
            complain("\(path) must be a list, not \(node.shown)", at: node, hint: "begin each transform with \"- \"")
            return nil
        }
        let steps = items.map { step($0, path: path) }
        return steps.contains { $0 == nil } ? nil : steps.compactMap { $0 }
    }

    private func step(_ node: ConfigNode, path: String) -> PipelineConfig.Step? {
        let names = registry.transforms.map(\.name)
        guard case .mapping(let entries) = node.value, let entry = entries.first else {
            if !hasUnknown(node) {
                complain(
                    "\(path) must hold transforms, not \(node.shown)", at: node,
                    hint: "a name and its value, of \(Self.listed(names))")
            }
            return nil
        }
        if entries.count > 1 {
            complain(
                "a transform has one name, not \(entry.key) and \(entries[1].key)", at: Mark(entries[1]),
                hint: "begin each transform with \"- \"")
        }
        if Later.transforms.contains(entry.key) {
            notYet("transform \(entry.key)", at: Mark(entry))
            return nil
        }
        guard let kind = registry.transforms.first(where: { $0.name == entry.key }) else {
            let near = Nearest.match(entry.key, in: names)
            complain(
                "unknown transform \"\(entry.key)\"", at: Mark(entry),
                hint: near.map { "did you mean \"\($0)\"?" } ?? "known: \(Self.listed(names))")
            return nil
        }
        return make(entry.value) { node throws(ConfigIssues) in try kind.make(node) }.map { transform in
            PipelineConfig.Step(kind: kind.name, place: entry.keyPlace, transform: transform)
        }
    }

    /// Has a kind make a transform of a node; nil when a value in it is not known or it is wrong, which is then said.
    func make(
        _ node: ConfigNode, _ kind: (ConfigNode) throws(ConfigIssues) -> any Transform
    ) -> (any Transform)? {
        if hasUnknown(node) { return nil }
        do throws(ConfigIssues) {
            return try kind(node)
        } catch {
            add(error.issues)
            return nil
        }
    }
}
