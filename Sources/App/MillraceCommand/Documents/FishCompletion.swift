/// Completion for fish, from the table of commands.
struct FishCompletion {
    /// The script, as it lies in a folder of `fish_complete_path`.
    let text: String

    init(_ commands: [Command]) {
        var text = """
            # Completion of millrace for fish; generated from its commands.

            # Whether the words before the cursor begin with these, and with no more than one more where --only is given.
            function __millrace_at
                set -l words (commandline -opc)
                if test "$argv[1]" = --only
                    set -e argv[1]
                    test (count $words) -eq (math (count $argv) + 1); or return 1
                end
                test (count $words) -gt (count $argv); or return 1
                for index in (seq (count $argv))
                    set -l place (math $index + 1)
                    test "$argv[$index]" = "$words[$place]"; or return 1
                end
            end

            complete -c millrace -f
            complete -c millrace -n 'test (count (commandline -opc)) -eq 1' -l help -d 'lists the commands'
            complete -c millrace -n 'test (count (commandline -opc)) -eq 1' -l version -d 'prints the version'
            complete -c millrace -n 'test (count (commandline -opc)) -eq 1' -a help -d 'tells more of a command'

            """
        var seen: Set<String> = []
        for command in commands {
            let first = command.words.first ?? command.name
            if seen.insert(first).inserted {
                let meaning = Self.quoted(command.summary)
                text += "complete -c millrace -n 'test (count (commandline -opc)) -eq 1' -a \(first) -d \(meaning)\n"
                text += "complete -c millrace -n '__millrace_at --only help' -a \(first) -d \(meaning)\n"
            }
            if command.words.count > 1 {
                text +=
                    "complete -c millrace -n '__millrace_at --only \(first)' -a \(command.words[1]) -d "
                    + Self.quoted(command.summary) + "\n"
            }
        }
        for command in commands { text += Self.command(command) }
        self.text = text
    }

    private static func command(_ command: Command) -> String {
        let head = "complete -c millrace -n '__millrace_at \(command.name)'"
        var text = "\n"
        for option in command.allOptions {
            let value = option.value.map { " " + Self.value(WordKind($0)) } ?? ""
            text += "\(head) -l \(option.name)\(value) -d \(quoted(option.meaning))\n"
        }
        // One list for all places: fish does not count arguments.
        for kind in Set(command.arguments.map { WordKind($0).arguments }).sorted() where !kind.isEmpty {
            text += "\(head) \(kind)\n"
        }
        return text
    }

    private static func value(_ kind: WordKind) -> String {
        switch kind {
        case .words(let words): "-x -a \(quoted(words.joined(separator: " ")))"
        case .config: "-r -F"
        case .file: "-r -F"
        case .folder: "-x -a '(__fish_complete_directories)'"
        case .free: "-x"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}

extension WordKind {
    /// What is offered for an argument.
    fileprivate var arguments: String {
        switch self {
        case .config: "-k -a '(__fish_complete_suffix .yaml)'"
        case .file: "-F"
        case .folder: "-a '(__fish_complete_directories)'"
        case .words, .free: ""
        }
    }
}
