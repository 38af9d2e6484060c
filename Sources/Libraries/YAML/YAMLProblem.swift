/// Something in a text that is no YAML, or not of the kind that is read here.
public struct YAMLProblem: Error, Hashable, Sendable {
    /// What is wrong, in words: `"name" is there twice, first at 1:1`.
    public let message: String
    /// Where.
    public let range: YAMLRange
    /// What may help, if something is likely to.
    public let hint: String?

    init(_ message: String, _ range: YAMLRange, hint: String? = nil) {
        self.message = message
        self.range = range
        self.hint = hint
    }
}

extension YAMLProblem: CustomStringConvertible {
    /// `line:column: message`
    public var description: String { "\(range.start): \(message)" }
}
