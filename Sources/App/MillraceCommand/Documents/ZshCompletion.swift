/// Completion for zsh, from the table of commands.
struct ZshCompletion {
    /// The function `_millrace`, as it lies in a folder of `fpath`.
    let text: String

    init(_ commands: [Command]) {
        let names = Self.firstWords(commands)
        var text = """
            #compdef millrace
            # Completion of millrace for zsh; generated from its commands.

            _millrace_commands() {
                local -a commands
                commands=(
            \(names.map { "        \(Self.quoted("\($0.name):\($0.meaning)"))\n" }.joined())    )
                _describe -t commands 'command' commands
            }

            _millrace() {
                local curcontext="$curcontext" state line ret=1
                typeset -A opt_args
                _arguments -C \\
                    '(- *)--help[lists the commands]' \\
                    '(- *)--version[prints the version]' \\
                    '1:command:_millrace_commands' \\
                    '*::argument:->arguments' && ret=0
                [[ $state == arguments ]] || return ret
                curcontext="${curcontext%:*:*}:millrace-$words[1]:"
                case $words[1] in
                help)
                    _millrace_commands && ret=0
                    ;;

            """
        for (name, _) in names {
            let members = commands.filter { $0.words.first == name }
            text += "    \(name))\n"
            if let command = members.first(where: { $0.words.count == 1 }) {
                text += Self.arguments(command, indent: "        ")
            } else {
                text += Self.family(members)
            }
            text += "        ;;\n"
        }
        text += """
                esac
                return ret
            }

            _millrace "$@"

            """
        self.text = text
    }

    /// The first words of commands, each once, with what they mean.
    private static func firstWords(_ commands: [Command]) -> [(name: String, meaning: String)] {
        var found: [(name: String, meaning: String)] = []
        for command in commands {
            let name = command.words.first ?? command.name
            if !found.contains(where: { $0.name == name }) { found.append((name, command.summary)) }
        }
        return found + [("help", "tells more of a command")]
    }

    private static func family(_ members: [Command]) -> String {
        let words = members.map { "\($0.words[1])\\:\(quotedInside("\"\($0.summary)\""))" }
        var text =
            "        _arguments -C '1:command:((\(words.joined(separator: " "))))' '*::argument:->inner' && ret=0\n"
        text += "        case $words[1] in\n"
        for member in members {
            text += "        \(member.words[1]))\n" + arguments(member, indent: "            ") + "            ;;\n"
        }
        return text + "        esac\n"
    }

    private static func arguments(_ command: Command, indent: String) -> String {
        var specs = command.allOptions.map { option in
            let stop = option.name == "help" || option.name == "version" ? "(- *)" : option.isRepeated ? "*" : ""
            let meaning = "[" + escaped(option.meaning) + "]"
            guard let form = option.value else { return "\(stop)--\(option.name)\(meaning)" }
            return "\(stop)--\(option.name)=\(meaning):\(form.placeholder.replacing(":", with: "\\:")):"
                + action(WordKind(form))
        }
        for (index, argument) in command.arguments.enumerated() {
            let colon = argument.isOptional ? "::" : ":"
            specs.append("\(index + 1)\(colon)\(argument.name):" + action(WordKind(argument)))
        }
        let lines = specs.map { " \\\n\(indent)    " + quoted($0) }
        return "\(indent)_arguments -S" + lines.joined() + " && ret=0\n"
    }

    private static func action(_ kind: WordKind) -> String {
        switch kind {
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .config: "_files -g \"*.(yaml|yml)\""
        case .file: "_files"
        case .folder: "_files -/"
        case .free: " "
        }
    }

    /// What stands in brackets of a specification.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]")
    }

    private static func quoted(_ text: String) -> String { "'" + quotedInside(text) + "'" }

    private static func quotedInside(_ text: String) -> String { text.replacing("'", with: "'\\''") }
}
