import Millrace
import Platform
import Testing

@testable import MillraceCommand

/// Completion in the real shells, as a person types: words, a tab, and what the command then gets.
@Suite struct CompletionTests {
    /// What is typed (`⇥` is the tab key) and the words that arrive. A tab completes what is the only way to go on.
    private static let typed: [(String, String)] = [
        ("millrace che⇥", "<check>"),
        ("millrace --vers⇥", "<--version>"),
        ("millrace help pro⇥", "<help><produce>"),
        ("millrace check --con⇥ ord⇥", "<check><--connect><orders.yaml>"),
        ("millrace check --no⇥ my⇥", "<check><--no-env><my orders.yml>"),
        ("millrace run --log js⇥ ord⇥", "<run><--log><json><orders.yaml>"),
        ("millrace run --log=js⇥ ord⇥", "<run><--log=json><orders.yaml>"),
        ("millrace run --log-l⇥ de⇥ ord⇥", "<run><--log-level><debug><orders.yaml>"),
        ("millrace try --credentials fol⇥ ord⇥ oth⇥", "<try><--credentials><folder/><orders.yaml><other.txt>"),
        ("millrace produce --topic oth⇥", "<produce><--topic><oth>"),
        ("millrace broker --topic ord⇥ --log js⇥", "<broker><--topic><ord><--log><json>"),
        ("millrace twin li⇥ --ful⇥ ord⇥", "<twin><list><--full><orders.yaml>"),
        ("millrace twin sh⇥ --mo⇥ on⇥", "<twin><show><--mode><one>"),
    ]

    /// The commands of the program, and a family of two.
    private static var commands: [Command] {
        let nothing: @Sendable (Invocation) throws(MillraceError) -> Int32 = { _ in 0 }
        return CommandTable.all + [
            Command(
                "twin list", "lists ['all'] of them", arguments: [.init("CONFIG", "the config")],
                options: [.flag("full", "it's all: \"really\"")], example: "", exits: [], run: nothing),
            Command(
                "twin show", "shows one", options: [.value("mode", .choice("MODE", ["one", "two"]), "how")],
                example: "",
                exits: [], run: nothing),
        ]
    }

    /// Types into `shell`, which reads `start` first, and answers what arrived.
    private func arrived(_ shell: String, script: (name: String, text: String), start: String) throws -> [String] {
        let keys = [start] + Self.typed.map { $0.0.replacing("⇥", with: "\t") } + ["exit", ""]
        let ended = try Program(
            shell: "script -qec '\(shell)' /dev/null <keys",
            in: { folder in
                try FileSystem.makeFolders(folder + "/folder")
                for name in ["orders.yaml", "my orders.yml", "other.txt"] {
                    try File("\(folder)/\(name)", [.writing, .creating]).close()
                }
                try File("\(folder)/\(script.name)", [.writing, .creating]).write(script.text)
                try File("\(folder)/keys", [.writing, .creating]).write(keys.joined(separator: "\n"))
            }
        ).end()
        // What a script of ours gets wrong, a shell says in the middle of the line.
        #expect(!ended.output.contains("not found") && !ended.output.contains("error"), "\(ended.output)")
        // What a shell draws is full of escapes; what `millrace` prints stands in brackets of its own.
        return ended.output.split(separator: "⟦").dropFirst().compactMap { part in
            part.split(separator: "⟧", maxSplits: 1).first.map(String.init)
        }.filter { !$0.contains("%") }
    }

    /// A `millrace` that prints its words.
    private static let printer =
        "millrace() { printf '\\xe2\\x9f\\xa6'; printf '<%s>' \"$@\"; printf '\\xe2\\x9f\\xa7\\n'; }"

    @Test(
        .enabled(if: FileSystem.exists("/bin/bash") && FileSystem.exists("/usr/bin/script"), "there is no bash"))
    func bashCompletes() throws {
        let words = try arrived(
            "bash --norc --noprofile -i", script: ("millrace.bash", BashCompletion(Self.commands).text),
            start: "source ./millrace.bash; \(Self.printer)")
        #expect(words == Self.typed.map(\.1))
    }

    @Test(.enabled(if: FileSystem.exists("/usr/bin/zsh"), "zsh is not installed"))
    func zshCompletes() throws {
        let words = try arrived(
            "zsh -f -i", script: ("_millrace", ZshCompletion(Self.commands).text),
            start: "PS1='> ' fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; \(Self.printer)")
        // zsh takes the slash away again when a word follows.
        #expect(words == Self.typed.map { $0.1.replacing("folder/", with: "folder") })
    }

    /// fish says by itself what it would offer.
    @Test(
        .enabled(if: FileSystem.exists("/usr/bin/fish"), "fish is not installed"),
        arguments: [
            ("millrace che", "check"), ("millrace --vers", "--version"), ("millrace help pro", "produce"),
            ("millrace check --con", "--connect"), ("millrace check ord", "orders.yaml"),
            ("millrace run --log js", "json"), ("millrace run --log=js", "--log=json"),
            ("millrace try --credentials fol", "folder/"), ("millrace try orders.yaml oth", "other.txt"),
            ("millrace produce --topic oth", ""), ("millrace twin sh", "show"), ("millrace twin list --ful", "--full"),
            ("millrace twin show --mode on", "one"), ("millrace twin list ord", "orders.yaml"),
        ])
    func fishCompletes(_ typed: String, _ offered: String) throws {
        let ended = try Program(
            shell: "HOME=$PWD fish --no-config -c 'source millrace.fish; complete -C \"\(typed)\"'",
            in: { folder in
                try FileSystem.makeFolders(folder + "/folder")
                for name in ["orders.yaml", "other.txt"] {
                    try File("\(folder)/\(name)", [.writing, .creating]).close()
                }
                try File(folder + "/millrace.fish", [.writing, .creating]).write(FishCompletion(Self.commands).text)
            }
        ).end()
        #expect(ended.error == "")
        let words = ended.output.split(separator: "\n").map { $0.split(separator: "\t").first.map(String.init) ?? "" }
        #expect(words == (offered.isEmpty ? [] : [offered]))
    }
}
