import Millrace

/// All keys that a config may have, for the reference, the key docs and completions.
public struct KeyCatalog: Sendable {
    /// One key and where it belongs.
    public struct Entry: Sendable {
        /// The names down to it: `sinks.<name>.file.path`. What a person names is in angle brackets.
        public let path: String
        /// How deep it lies; 0 at the top of a file.
        public let depth: Int
        /// The key itself; nil for the name of a kind or a place for a name.
        public let key: Key?
        /// What it means.
        public let meaning: String
    }

    /// Every key, each behind the one that holds it, in the order in which they are declared.
    public let entries: [Entry]

    /// The keys of configs that may name these kinds. Keys of later versions are left out.
    public init(_ registry: Registry) {
        var list = List()
        for key in ConfigKeys.top {
            list.add(key, under: "", depth: 0)
            switch key.name {
            case "source":
                for kind in registry.sources {
                    list.add(kind: kind.name, kind.meaning, kind.keys, under: "source", depth: 1)
                }
            case "transforms": list.addTransforms(registry, under: "transforms", depth: 1)
            case "sinks": list.addSinks(registry)
            case "tests":
                for key in ConfigKeys.test {
                    list.add(key, under: "tests", depth: 1)
                    guard key.name == "input" else { continue }
                    for key in ConfigKeys.testInput { list.add(key, under: "tests.input", depth: 2) }
                }
            case "dead_letter":
                for key in registry.sources.flatMap(\.deadLetterKeys) + ConfigKeys.deadLetter {
                    list.add(key, under: "dead_letter", depth: 1)
                }
            default: continue
            }
        }
        entries = list.entries
    }

    private struct List {
        var entries: [Entry] = []

        mutating func add(_ key: Key, under path: String, depth: Int) {
            if case .notYet = key.type { return }
            let path = Checker.join(path, key.name)
            entries.append(Entry(path: path, depth: depth, key: key, meaning: key.meaning))
            if case .object(let keys) = key.type {
                for key in keys { add(key, under: path, depth: depth + 1) }
            }
        }

        mutating func add(kind: String, _ meaning: String, _ keys: [Key], under path: String, depth: Int) {
            let path = path + "." + kind
            entries.append(Entry(path: path, depth: depth, key: nil, meaning: meaning))
            for key in keys { add(key, under: path, depth: depth + 1) }
        }

        mutating func addTransforms(_ registry: Registry, under path: String, depth: Int) {
            for kind in registry.transforms { add(kind: kind.name, kind.meaning, [], under: path, depth: depth) }
        }

        mutating func addSinks(_ registry: Registry) {
            let path = "sinks.<name>"
            entries.append(Entry(path: path, depth: 1, key: nil, meaning: "One sink; the name is its identity."))
            for kind in registry.sinks { add(kind: kind.name, kind.meaning, kind.keys, under: path, depth: 2) }
            for key in ConfigKeys.sink { add(key, under: path, depth: 2) }
        }
    }
}
