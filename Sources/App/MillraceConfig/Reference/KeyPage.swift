import Millrace

/// The page about every key, in Markdown.
public struct KeyPage: Sendable {
    /// The page.
    public let text: String

    /// The page for configs that may name the kinds of `registry`.
    public init(_ registry: Registry) {
        var page = Page()
        page.add(
            "# Every key",
            """
            What a config may say, key by key. This page is generated from the declarations that `millrace check` goes by,
            and so is [reference.yaml](../config/reference.yaml), a config that has them all; how to write one is told in
            [Writing a config](configure.md).

            Durations are a number and a unit: `10ms`, `5s`, `2m`, `1h`. Sizes likewise: `64KiB`, `1MiB`, `2GiB`. A default
            of — means that there is none.
            """)
        page.add("## The file", Page.table(ConfigKeys.top.filter(\.isWorking).map { ("", $0) }))
        for kind in registry.sources { page.add("source", kind.name, kind.meaning, kind.keys) }
        for key in ConfigKeys.top where key.isWorking {
            switch key.name {
            case "decode":
                page.add(
                    "## `decode`",
                    Page.table(["word", "meaning"], registry.decoders.map { ["`\($0.name)`", $0.meaning] }))
            case "transforms":
                page.add(
                    "## `transforms`",
                    Page.table(
                        ["transform", "meaning", "example"],
                        registry.transforms.map { ["`\($0.name)`", $0.meaning, "`\($0.name): \($0.example)`"] }))
            case "sinks": page.addSinks(registry)
            case "tests":
                let input = Page.flat(ConfigKeys.testInput, under: "input.")
                page.add(
                    "## `tests`", "A case of `millrace test`.\n\n" + Page.table(Page.flat(ConfigKeys.test) + input))
            case "dead_letter":
                let keys = registry.sources.prefix(1).flatMap(\.deadLetterKeys) + ConfigKeys.deadLetter
                page.add("## `dead_letter`", key.meaning + "\n\n" + Page.table(Page.flat(keys)))
            default:
                if case .object(let keys) = key.type {
                    page.add("## `\(key.name)`", key.meaning + "\n\n" + Page.table(Page.flat(keys)))
                }
            }
        }
        text = page.text
    }

    private struct Page {
        var text = ""

        mutating func add(_ title: String, _ body: String) {
            text += (text.isEmpty ? "" : "\n") + title + "\n\n" + body + (body.hasSuffix("\n") ? "" : "\n")
        }

        mutating func add(_ place: String, _ name: String, _ meaning: String, _ keys: [Key]) {
            let body = keys.isEmpty ? "It has no keys: `\(name): {}`." : Self.table(Self.flat(keys))
            add("## `\(place).\(name)`", meaning + "\n\n" + body)
        }

        mutating func addSinks(_ registry: Registry) {
            let kinds = registry.sinks.map { ["`\($0.name)`", $0.meaning] }
            add(
                "## `sinks.<name>`",
                "One kind:\n\n" + Self.table(["kind", "meaning"], kinds) + "\nand beside it:\n\n"
                    + Self.table(Self.flat(ConfigKeys.sink)))
            for kind in registry.sinks { add("sinks.<name>", kind.name, kind.meaning, kind.keys) }
        }

        /// The keys with those inside them, each with the path that leads to it.
        static func flat(_ keys: [Key], under path: String = "") -> [(path: String, key: Key)] {
            keys.filter(\.isWorking).flatMap { key -> [(path: String, key: Key)] in
                guard case .object(let inner) = key.type else { return [(path, key)] }
                return [(path, key)] + flat(inner, under: path + key.name + ".")
            }
        }

        static func table(_ keys: [(path: String, key: Key)]) -> String {
            table(
                ["key", "value", "default", "meaning"],
                keys.map { path, key in
                    let fallback = key.isRequired ? "required" : key.defaultText.map { "`\($0)`" } ?? "—"
                    return ["`\(path)\(key.name)`", key.words, fallback, key.meaning]
                })
        }

        static func table(_ head: [String], _ rows: [[String]]) -> String {
            let lines = [head, head.map { _ in "---" }] + rows
            return lines.map { "| " + $0.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n" }
                .joined()
        }
    }
}
