/// Something that reads bytes which others wrote: whatever they are it has to answer, and what it answers has to hold.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// A config file, by the kinds that come with Millrace.
    case config
    /// A payload in base64, by every kernel of the machine; the first byte chooses the alphabet.
    case base64
    /// A payload in JSON through a chain of transforms; the first byte chooses the chain.
    case json
    /// The headers of a record that becomes a dead letter, as lines `name=value`.
    case letters

    /// What is wrong with the answer to `bytes`; nil when all is well. A trap, or a sanitizer's end of the process, is the
    /// other way to fail.
    public func fault(_ bytes: [UInt8]) -> String? {
        switch self {
        case .config: ConfigFuzz.fault(bytes)
        case .base64: Base64Fuzz.fault(bytes)
        case .json: JSONFuzz.fault(bytes)
        case .letters: LetterFuzz.fault(bytes)
        }
    }

    /// Words that mean something to the target: what chance alone would hardly write.
    public var words: [String] {
        switch self {
        case .config: ConfigFuzz.words
        case .base64: Base64Fuzz.words
        case .json: JSONFuzz.words
        case .letters: LetterFuzz.words
        }
    }
}
