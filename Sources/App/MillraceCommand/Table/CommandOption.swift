/// Something named by a word on the command line: `--topic orders`, `--json`.
struct CommandOption: Sendable {
    /// The name without its dashes.
    let name: String
    /// What its value is; nil for a flag, which has none.
    let value: ValueForm?
    /// Whether it must be there.
    let isRequired: Bool
    /// Whether it may be there several times.
    let isRepeated: Bool
    /// The value where it is not given, as it would be typed; nil where there is none.
    let defaultText: String?
    /// What it does, one sentence.
    let meaning: String

    private init(
        _ name: String, _ value: ValueForm?, _ meaning: String, isRequired: Bool = false, isRepeated: Bool = false,
        defaultText: String? = nil
    ) {
        self.name = name
        self.value = value
        self.meaning = meaning
        self.isRequired = isRequired
        self.isRepeated = isRepeated
        self.defaultText = defaultText
    }

    /// An option without a value: there or not.
    static func flag(_ name: String, _ meaning: String) -> CommandOption { CommandOption(name, nil, meaning) }

    /// An option with a value, which may be left out.
    static func value(
        _ name: String, _ form: ValueForm, default defaultText: String? = nil, _ meaning: String
    ) -> CommandOption {
        CommandOption(name, form, meaning, defaultText: defaultText)
    }

    /// An option with a value, which must be there.
    static func required(_ name: String, _ form: ValueForm, _ meaning: String) -> CommandOption {
        CommandOption(name, form, meaning, isRequired: true)
    }

    /// An option with a value, which may be there several times.
    static func repeated(_ name: String, _ form: ValueForm, _ meaning: String) -> CommandOption {
        CommandOption(name, form, meaning, isRepeated: true)
    }

    /// As it is typed: `--topic NAME`.
    var form: String { value.map { "--\(name) \($0.placeholder)" } ?? "--\(name)" }
}
