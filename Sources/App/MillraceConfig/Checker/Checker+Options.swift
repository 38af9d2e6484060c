import Millrace

extension Checker {
    /// What was read of a mapping.
    struct Reading {
        var options: Options
        /// Whether every key that must be there is, with a value that is fine.
        var isUsable = true
        /// The keys whose value is wrong, not known, or missing though it must be there; what is here is their default or
        /// nothing. What a rule says of these follows from what has been said already.
        var doubtful: Set<String> = []
    }

    /// Reads the mapping `node` against `keys`.
    /// - Parameters:
    ///   - path: How messages name it: `source.kafka`; empty for the file itself.
    ///   - owner: What is marked when a key is missing.
    /// - Returns: The values with defaults in the place of what is missing or wrong; nil when it is no mapping at all.
    func read(_ node: ConfigNode, _ keys: [Key], path: String, owner: Mark) -> Reading? {
        if case .scalar = node.value, unknown.contains(node.place) { return nil }
        guard let entries = node.entries else {
            complain("\(path) must be a mapping, not \(node.shown)", at: node, hint: Self.example(of: keys))
            return nil
        }
        return read(entries, keys, path: path, owner: owner)
    }

    /// Reads the entries of a mapping against `keys`; see ``read(_:_:path:owner:)-(ConfigNode,_,_,_)``.
    func read(_ entries: [ConfigNode.Entry], _ keys: [Key], path: String, owner: Mark) -> Reading {
        var reading = Reading(options: Options(at: owner.place))
        var meant: Set<String> = []
        for entry in entries {
            if let key = keys.first(where: { $0.name == entry.key }) {
                set(value(of: entry, key, path: Self.join(path, key.name)), of: key, entry, &reading)
            } else if let near = unknownKey(entry, keys, path: path), meant.insert(near.name).inserted,
                !entries.contains(where: { $0.key == near.name })
            {
                adopt(entry, as: near, path: path, &reading)
            }
        }
        for key in keys where key.isRequired && !entries.contains(where: { $0.key == key.name }) {
            if reading.options[key.name] == nil {
                reading.isUsable = false
                reading.doubtful.insert(key.name)
            }
            if !meant.contains(key.name) { missing(key, path: path, owner: owner) }
        }
        for key in keys where reading.options[key.name] == nil {
            if let value = defaultValue(of: key, path: Self.join(path, key.name), owner: owner) {
                reading.options.set(key.name, value, at: nil)
            }
        }
        return reading
    }

    private func set(_ value: Options.Value?, of key: Key, _ entry: ConfigNode.Entry, _ reading: inout Reading) {
        if let value { reading.options.set(key.name, value, at: entry.value.place) }
        if value == nil {
            reading.doubtful.insert(key.name)
            if key.isRequired { reading.isUsable = false }
        }
    }

    /// Reads the value of a misspelt key as that of the key it stands for, so that what depends on it can be checked in
    /// the same run. What is wrong inside a mapping is told; a single value that does not fit says that the guess was wrong.
    private func adopt(_ entry: ConfigNode.Entry, as key: Key, path: String, _ reading: inout Reading) {
        let inner = Checker(registry, unknown: unknown, secrets: secrets)
        let value = inner.value(of: entry, key, path: Self.join(path, key.name))
        if case .object = key.type { add(inner.issues) }
        set(value, of: key, entry, &reading)
    }

    static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : path + "." + name }

    /// Complains about a key that nobody declares.
    /// - Returns: The key that was probably meant.
    func unknownKey(_ entry: ConfigNode.Entry, _ keys: [Key], path: String) -> Key? {
        let place = path.isEmpty ? "" : " in \(path)"
        if Later.keys.contains(Self.join(path, entry.key)) {
            notYet(Self.join(path, entry.key), at: Mark(entry))
            return nil
        }
        let working = keys.filter { if case .notYet = $0.type { false } else { true } }
        let known = working.map(\.name)
        let near = Nearest.match(entry.key, in: known)
        let hint: String?
        if entry.key == "<<" {
            hint = "mappings cannot be merged"
        } else if let near {
            hint = "did you mean \"\(near)\"?"
        } else {
            hint = known.isEmpty ? "it has no keys" : "known: " + Self.listed(known)
        }
        complain("unknown key \"\(entry.key)\"\(place)", at: Mark(entry), hint: hint)
        return near.flatMap { near in working.first { $0.name == near } }
    }

    func notYet(_ name: String, at mark: Mark) {
        complain("\(name) is not in this version", at: mark, hint: "leave it out")
    }

    private func missing(_ key: Key, path: String, owner: Mark) {
        let subject = path.isEmpty ? "the file" : path
        let meaning = key.meaning.hasSuffix(".") ? String(key.meaning.dropLast()) : key.meaning
        complain("\(subject) has no \"\(key.name)\"", at: owner, hint: "\(key.name): \(Self.lowercasedFirst(meaning))")
    }

    /// `a, b, c`, and no more than fit on a line.
    static func listed(_ words: [String]) -> String {
        words.count <= 10 ? words.joined(separator: ", ") : words.prefix(10).joined(separator: ", ") + ", …"
    }

    private static func lowercasedFirst(_ text: String) -> String {
        let first = text.prefix(1)
        // A name that begins a sentence in capitals stays: "TLS …".
        return text.dropFirst().first?.isUppercase == true ? text : first.lowercased() + text.dropFirst()
    }

    /// A mapping as an example: `for example { records: 1000 }`.
    private static func example(of keys: [Key]) -> String? {
        guard let key = keys.first(where: { $0.isRequired }) ?? keys.first else { return nil }
        return "for example { \(key.name): \(key.defaultText ?? "…") }"
    }
}
