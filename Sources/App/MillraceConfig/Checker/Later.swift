/// Names of the design that this version does not have yet. They are refused by name, so that nobody looks for a typo.
enum Later {
    /// Keys of a config's top.
    static let top: Set<String> = []
    /// Kinds of sinks.
    static let sinks: Set<String> = []
    /// Kinds of sources.
    static let sources: Set<String> = []
    /// Kinds of transforms.
    static let transforms: Set<String> = []
    /// Ways of decoding.
    static let decoders: Set<String> = ["kinesis"]
    /// Keys of kinds, where the kind does not say so itself.
    static let keys: Set<String> = []

    /// Whether `word`, as the value of the key `key` of any kind, is one of a later version.
    static func isWord(_ word: String, of key: String) -> Bool {
        switch key {
        case "decode": decoders.contains(word)
        default: false
        }
    }
}
