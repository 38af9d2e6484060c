import Millrace
import Platform
import Testing

@testable import MillraceCommand
@testable import MillraceConfig

/// What is generated from commands and keys: current, complete, and good to use.
@Suite struct DocumentsTests {
    private let documents = ProgramDocuments(registry: .standard)

    private func text(_ path: String) throws -> String {
        try #require(documents.files.first { $0.path == path }).text
    }

    private func load(_ text: String, variables: Variables? = .none) -> LoadedConfig {
        ConfigLoader(registry: .standard, variables: variables).load(Array(text.utf8), path: "reference.yaml")
    }

    /// The reference with every key that it has commented out.
    private func whole() throws -> String {
        let lines = try text("doc/millrace/reference.yaml").split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { line in
            let body = line.drop { $0 == " " }
            let isProse = body.hasPrefix("# ") && !body.hasPrefix("#  ")
            guard body.hasPrefix("#"), !isProse else { return String(line) }
            return String(line.prefix(line.count - body.count)) + body.dropFirst()
        }.joined(separator: "\n")
    }

    @Test func theFilesOfTheRepositoryAreCurrent() throws {
        for (path, place) in [
            ("reference.yaml", "config/reference.yaml"), ("configuration.md", "docs/configuration.md"),
            ("metrics.md", "docs/metrics.md"),
        ] {
            let held = String(decoding: try FileSystem.contents(of: "\(repositoryFolder)/\(place)"), as: UTF8.self)
            #expect(try text("doc/millrace/\(path)") == held, "\(place) is not current: `make generate` makes it anew")
        }
    }

    @Test func theReferencePassesCheck() throws {
        let loaded = load(try text("doc/millrace/reference.yaml"))
        #expect(loaded.issues.isEmpty, "\(loaded.report)")
        #expect(loaded.config != nil)
    }

    @Test func soDoItsKeysThatAreCommentedOut() throws {
        let loaded = load(try whole(), variables: nil)
        #expect(loaded.issues.isEmpty, "\(loaded.report)")
    }

    @Test func theReferenceHasEveryKey() throws {
        let root = try #require(load(try whole(), variables: nil).root)
        let entries = KeyCatalog(.standard).entries
        #expect(entries.count > 60)
        for entry in entries { #expect(Self.has(root, entry.path.split(separator: ".")), "\(entry.path)") }
    }

    private static func has(_ node: ConfigNode, _ path: [Substring]) -> Bool {
        guard let first = path.first else { return true }
        switch node.value {
        case .scalar: return false
        case .sequence(let items): return items.contains { has($0, path) }
        case .mapping(let entries):
            let rest = Array(path.dropFirst())
            return entries.contains { (first == "<name>" || $0.key == first) && has($0.value, rest) }
        }
    }

    /// A key without any value to show could only be shown empty.
    @Test func everyKeyHasAValueToShow() {
        for entry in KeyCatalog(.standard).entries {
            guard let key = entry.key, !["source", "sinks", "dead_letter"].contains(entry.path) else { continue }
            if case .object = key.type { continue }
            #expect(key.example != nil || key.defaultText != nil, "\(entry.path) needs an example where it is declared")
        }
    }

    @Test func thePageHasEveryKey() throws {
        let page = try text("doc/millrace/configuration.md")
        for entry in KeyCatalog(.standard).entries where entry.key != nil {
            #expect(page.contains("| \(entry.meaning.replacing("|", with: "\\|")) |"), "\(entry.path)")
        }
        for line in page.split(separator: "\n") { #expect(line.last != " ") }
    }

    /// A program with a kind of its own has it in all its documents.
    @Test func kindsOfOnesOwnAreInAll() throws {
        let registry = Registry.standard.adding(Pigeon())
        let files = ProgramDocuments(registry: registry).files
        for name in ["reference.yaml", "configuration.md", "millrace.yaml.5"] {
            let text = try #require(files.first { $0.path.hasSuffix(name) }).text
            #expect(text.contains("Which loft the pigeons fly to."), "\(name)")
        }
        let reference = try #require(files.first { $0.path.hasSuffix("reference.yaml") }).text
        let loaded = ConfigLoader(registry: registry, variables: nil).load(Array(reference.utf8), path: "own.yaml")
        #expect(loaded.issues.isEmpty, "\(loaded.report)")
        #expect(loaded.config?.sinks.contains { $0.kind.name == "pigeon" } == true)
    }

    @Test func everyCommandHasItsPage() throws {
        let paths = documents.files.map(\.path)
        #expect(Set(paths).count == paths.count)
        for command in CommandTable.all {
            let page = try text("man/man1/millrace-\(command.words.joined(separator: "-")).1")
            for option in command.options {
                #expect(page.contains("--\(option.name)".replacing("-", with: "\\-")), "\(command.name)")
            }
        }
        let keys = try text("man/man5/millrace.yaml.5")
        for entry in KeyCatalog(.standard).entries { #expect(keys.contains("\\fB\(entry.path)\\fR"), "\(entry.path)") }
    }

    @Test func allIsWrittenBelowOneFolder() throws {
        let program = try Program(shell: "find share -type f | sort", in: { try documents.write(into: $0 + "/share") })
        #expect(try program.end().output == documents.files.map { "share/\($0.path)\n" }.sorted().joined())
    }

    @Test(
        .enabled(if: FileSystem.exists("/usr/bin/man"), "man is not installed"),
        .enabled(if: FileSystem.exists("/usr/bin/mandoc"), "mandoc is not installed"))
    func manPagesAreReadWithoutWarnings() throws {
        let line = """
            for page in share/man/man*/*; do
              LC_ALL=C.UTF-8 MANWIDTH=80 MANROFFSEQ= man --warnings=w -E UTF-8 -l -Tutf8 -Z "$page" >/dev/null
              mandoc -Tlint -W warning "$page"
              MANWIDTH=80 man -l "$page" | grep -c NAME >/dev/null || echo "$page: shows nothing"
            done 2>&1
            """
        let ended = try Program(shell: line, in: { try documents.write(into: $0 + "/share") }).end()
        #expect(ended.output == "")
        #expect(ended.error == "")
    }
}

/// A sink of somebody's own.
private struct Pigeon: SinkKind {
    let name = "pigeon"
    let meaning = "Sends records by pigeon."
    let keys: [Key] = [
        .required("loft", .string, example: "north", "Which loft the pigeons fly to."),
        Key("flock", .integer(1...100), default: "3", "How many fly at once."),
    ]

    func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink {
        throw MillraceError(.unavailable, "no pigeons")
    }
}
