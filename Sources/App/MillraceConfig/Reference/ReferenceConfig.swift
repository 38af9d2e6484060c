import Millrace

/// A config that has every key of some kinds, each with what it means, its type and its default, and that passes `check`.
///
/// A key without a default is commented out, with an example as its value; it too would pass.
public struct ReferenceConfig: Sendable {
    /// The config, a YAML file.
    public let text: String

    /// The reference for configs that may name the kinds of `registry`.
    public init(_ registry: Registry) {
        var writer = ReferenceWriter()
        writer.say(
            "Every key that a config may have: what it means, what its value is, and its default. A key without a "
                + "default is commented out (#key, without a space) and has an example. `millrace check` accepts this file; "
                + "it is generated from the same declarations that `check` goes by.")
        for key in ConfigKeys.top where key.isWorking {
            writer.blankLine()
            writer.say(key.meaning)
            switch key.name {
            case "source": Self.source(registry, key, &writer)
            case "decode": Self.decode(registry, key, &writer)
            case "transforms": Self.transforms(registry, key, &writer)
            case "sinks": Self.sinks(registry, key, &writer)
            case "dead_letter":
                writer.say(key.note)
                writer.open("dead_letter") { writer in
                    let kinds = registry.sources.prefix(1).flatMap(\.deadLetterKeys)
                    for key in kinds + ConfigKeys.deadLetter { writer.add(key) }
                }
            case "tests": Self.tests(&writer)
            default: writer.add(key, withMeaning: false)
            }
        }
        text = writer.text
    }

    /// A pipeline has one source, so the first kind is what the file uses.
    private static func source(_ registry: Registry, _ key: Key, _ writer: inout ReferenceWriter) {
        writer.say(key.note)
        writer.open("source") { writer in
            for (index, kind) in registry.sources.enumerated() {
                writer.say("\(kind.name): \(kind.meaning)")
                writer.commentingOut(index > 0) { writer in
                    writer.open(kind.name) { writer in kind.keys.forEach { writer.add($0) } }
                }
            }
        }
    }

    private static func decode(_ registry: Registry, _ key: Key, _ writer: inout ReferenceWriter) {
        for kind in registry.decoders { writer.say("\(kind.name): \(kind.meaning)") }
        writer.add(key, withMeaning: false)
    }

    private static func transforms(_ registry: Registry, _ key: Key, _ writer: inout ReferenceWriter) {
        writer.say(key.note)
        writer.open("transforms") { writer in
            for kind in registry.transforms {
                writer.say("\(kind.name): \(kind.meaning)")
                writer.line("- \(kind.name): \(kind.example)")
            }
        }
    }

    /// A case whose record is dead, whatever the sinks are called.
    private static func tests(_ writer: inout ReferenceWriter) {
        let values = ["sinks": "{}", "dead": "true"]
        writer.open("tests") { writer in
            for (index, key) in ConfigKeys.test.enumerated() {
                writer.say(key.meaning)
                writer.say(key.note)
                let value = values[key.name] ?? key.example ?? key.defaultText ?? ""
                let mark = index == 0 ? "-" : " "
                guard key.name == "input" else {
                    writer.line("\(mark) \(key.name): \(value)")
                    continue
                }
                writer.line("\(mark) \(key.name):")
                for part in ConfigKeys.testInput {
                    writer.line("    # \(part.meaning)")
                    writer.line("    # \(part.note)")
                    writer.line("    \(part.name): \(part.example ?? "")")
                }
            }
        }
    }

    /// A sink of each kind; the last one, which is optional, shows what every sink may have.
    private static func sinks(_ registry: Registry, _ key: Key, _ writer: inout ReferenceWriter) {
        writer.say(key.note)
        writer.open("sinks") { writer in
            for (index, kind) in registry.sinks.enumerated() {
                writer.say("\(kind.name): \(kind.meaning)")
                writer.open("to-\(kind.name)") { writer in
                    writer.open(kind.name) { writer in kind.keys.forEach { writer.add($0) } }
                    if index == registry.sinks.count - 1 {
                        writer.blankLine()
                        writer.say("The keys below may stand at every sink.")
                        ConfigKeys.sink.forEach { writer.add($0) }
                    }
                }
            }
        }
    }
}
