/// Why an input is not base64, and where. A plain value: its text is made only when somebody asks for it.
public struct Base64Error: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// The byte at ``position`` is none of the alphabet's.
        case foreignByte(UInt8)
        /// A `=` at ``position`` that does not complete the last four symbols.
        case misplacedPadding
        /// The last four symbols are not complete; ``position`` is the input's length.
        case missingPadding
        /// One symbol is left over, which holds no whole byte; ``position`` is the input's length.
        case length
        /// The symbol at ``position``, the last, has bits set that belong to no byte.
        case trailingBits
    }

    /// What is wrong: the first fault, reading from the left.
    public let kind: Kind
    /// Where: an offset into the input, from 0.
    public let position: Int
    /// What the input was read as.
    public let alphabet: Base64.Alphabet

    /// The fault `kind` at `position`.
    public init(_ kind: Kind, at position: Int, alphabet: Base64.Alphabet) {
        self.kind = kind
        self.position = position
        self.alphabet = alphabet
    }

    /// A description without dynamic parts, for metric labels.
    public var label: String {
        switch kind {
        case .foreignByte: "foreign byte"
        case .misplacedPadding: "misplaced padding"
        case .missingPadding: "missing padding"
        case .length: "length"
        case .trailingBits: "trailing bits"
        }
    }
}

extension Base64Error: CustomStringConvertible {
    /// One line, such as `byte 4: ' ' is not base64`.
    public var description: String {
        switch kind {
        case .foreignByte(let byte): "byte \(position): \(Self.shown(byte)) is not \(alphabet.name)\(hint(byte))"
        case .misplacedPadding: "byte \(position): '=' is not at the end"
        case .missingPadding: "padding is missing"
        case .length:
            alphabet == .standard
                ? "length \(position) is not a multiple of 4" : "length \(position) leaves one symbol over"
        case .trailingBits: "byte \(position): trailing bits are not zero"
        }
    }

    private static func shown(_ byte: UInt8) -> String {
        if byte >= 0x20, byte < 0x7f { return "'\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16)
        return digits.utf8.count == 1 ? "0x0\(digits)" : "0x\(digits)"
    }

    /// Names the other alphabet where the byte is of it.
    private func hint(_ byte: UInt8) -> String {
        switch (alphabet, byte) {
        case (.standard, UInt8(ascii: "-")), (.standard, UInt8(ascii: "_")): " (it is base64url)"
        case (.url, UInt8(ascii: "+")), (.url, UInt8(ascii: "/")): " (it is base64)"
        default: ""
        }
    }
}
