/// Completion for bash, from the table of commands. It needs nothing but bash itself.
struct BashCompletion {
    /// The script, to be read by `source` or from bash-completion's folder.
    let text: String

    init(_ commands: [Command]) {
        var cases = ""
        for command in commands { cases += Self.command(command) }
        let first = Set(commands.compactMap(\.words.first)).sorted() + ["help"]
        let families = Dictionary(grouping: commands.filter { $0.words.count > 1 }, by: { $0.words[0] })
        for (name, members) in families.sorted(by: { $0.key < $1.key }) {
            cases += "    \(Self.quoted(name)))\n"
            cases += "        words=\(Self.quoted(members.map { $0.words[1] }.joined(separator: " ")))\n        ;;\n"
        }
        text = """
            # Completion of millrace for bash; generated from its commands.

            _millrace_files() {
                local word
                compopt -o filenames 2>/dev/null
                while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$@" -- "$cur")
            }

            _millrace_configs() {
                local word
                compopt -o filenames 2>/dev/null
                while IFS= read -r word; do
                    if [[ -d $word || $word == *.yaml || $word == *.yml ]]; then COMPREPLY+=("$word"); fi
                done < <(compgen -f -- "$cur")
            }

            _millrace() {
                local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
                local command=${COMP_WORDS[1]} first=2 position=0 words= options= valued=' ' places=() index word
                COMPREPLY=()
                # bash cuts --name=value in three.
                if [[ $cur == = ]]; then
                    cur=
                elif [[ $before == = && COMP_CWORD -gt 2 ]]; then
                    before=${COMP_WORDS[COMP_CWORD-2]}
                fi
                if [[ COMP_CWORD -eq 1 ]]; then
                    COMPREPLY=($(compgen -W '\(first.joined(separator: " ")) --help --version' -- "$cur"))
                    return
                fi
                if [[ ' \(families.keys.sorted().joined(separator: " ")) ' == *" $command "* && COMP_CWORD -gt 2 ]]; then
                    command="$command ${COMP_WORDS[2]}"
                    first=3
                fi
                case $command in
                help)
                    words='\(first.filter { $0 != "help" }.joined(separator: " "))'
                    ;;
            \(cases.dropLast())
                esac
                if [[ $valued == *" $before "* ]]; then
                    _millrace_value "$command" "$before"
                    return
                fi
                if [[ $cur == -* ]]; then
                    COMPREPLY=($(compgen -W "$options" -- "$cur"))
                    return
                fi
                if [[ -n $words ]]; then
                    COMPREPLY=($(compgen -W "$words" -- "$cur"))
                    return
                fi
                for ((index = first; index < COMP_CWORD; index++)); do
                    word=${COMP_WORDS[index]}
                    if [[ $valued == *" $word "* ]]; then
                        ((index++))
                        if [[ ${COMP_WORDS[index]} == = ]]; then ((index++)); fi
                    elif [[ $word != -* || $word == - ]]; then
                        ((position++))
                    fi
                done
                case ${places[position]} in
                config) _millrace_configs ;;
                file) _millrace_files -f ;;
                folder) _millrace_files -d ;;
                esac
            }

            _millrace_value() {
                case "$1 $2" in
            \(Self.values(commands))    esac
            }

            complete -F _millrace millrace

            """
    }

    private static func command(_ command: Command) -> String {
        let valued = command.allOptions.filter { $0.value != nil }.map { "--\($0.name)" }
        let places = command.arguments.map { WordKind($0).place }
        return """
                \(quoted(command.name)))
                    options=\(quoted(command.allOptions.map { "--\($0.name)" }.joined(separator: " ")))
                    valued=\(quoted(" " + valued.joined(separator: " ") + " "))
                    places=(\(places.joined(separator: " ")))
                    ;;

            """
    }

    private static func values(_ commands: [Command]) -> String {
        var text = ""
        for command in commands {
            for option in command.allOptions {
                guard let form = option.value, let action = action(WordKind(form)) else { continue }
                text += "    '\(command.name) --\(option.name)') \(action) ;;\n"
            }
        }
        return text
    }

    private static func action(_ kind: WordKind) -> String? {
        switch kind {
        case .words(let words): "COMPREPLY=($(compgen -W \(quoted(words.joined(separator: " "))) -- \"$cur\"))"
        case .config: "_millrace_configs"
        case .file: "_millrace_files -f"
        case .folder: "_millrace_files -d"
        case .free: nil
        }
    }

    private static func quoted(_ text: String) -> String { "'\(text)'" }
}

extension WordKind {
    /// What the script calls it.
    fileprivate var place: String {
        switch self {
        case .config: "config"
        case .file: "file"
        case .folder: "folder"
        case .words, .free: "free"
        }
    }
}
