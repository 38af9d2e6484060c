import Codecs
import Millrace

/// `decode: none`: payloads are taken as they are.
public struct NoDecodeKind: DecodeKind {
    /// The kind.
    public init() {}
    /// `none`
    public var name: String { "none" }
    /// For the reference.
    public var meaning: String { "Payloads are taken as they are." }
    /// Nothing is to be done.
    public func make() -> (any Transform)? { nil }
}

/// `decode: base64` and `decode: base64url`, by RFC 4648 and strict: no white space, no stray bits.
public struct Base64DecodeKind: DecodeKind {
    private let alphabet: Base64.Alphabet

    /// Base64 with its padding, by RFC 4648 §4.
    public static let standard = Base64DecodeKind(alphabet: .standard)
    /// The alphabet for URLs, with or without padding, by RFC 4648 §5.
    public static let url = Base64DecodeKind(alphabet: .url)

    private init(alphabet: Base64.Alphabet) { self.alphabet = alphabet }

    /// `base64` or `base64url`
    public var name: String { alphabet.name }
    /// For the reference.
    public var meaning: String {
        alphabet == .standard
            ? "Payloads are base64 with padding."
            : "Payloads are base64 in the alphabet for URLs, with or without padding."
    }
    /// The transform that decodes.
    public func make() -> (any Transform)? { Base64Decode(alphabet: alphabet) }
}
