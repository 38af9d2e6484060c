/// A key that was pressed.
public enum TerminalKey: Sendable, Hashable {
    /// A letter, digit, sign or space.
    case character(Character)
    /// A letter with Ctrl: `control("d")`.
    case control(Character)
    /// Return.
    case enter
    /// Escape.
    case escape
    /// Up.
    case up
    /// Down.
    case down
    /// Right.
    case right
    /// Left.
    case left
    /// Home.
    case home
    /// End.
    case end
    /// A page up.
    case pageUp
    /// A page down.
    case pageDown

    /// The keys behind bytes that a terminal sent in one go. What is not known here is passed over.
    public static func keys(in bytes: [UInt8]) -> [TerminalKey] {
        var keys: [TerminalKey] = []
        var rest = bytes[...]
        while let first = rest.first {
            switch first {
            case 0x1B: keys += escaped(&rest)
            case 0x0D, 0x0A:
                keys.append(.enter)
                rest.removeFirst()
            case 0x01...0x1A:
                keys.append(.control(Character(UnicodeScalar(first + 0x60))))
                rest.removeFirst()
            case ..<0x20, 0x7F: rest.removeFirst()
            default: keys += typed(&rest)
            }
        }
        return keys
    }

    /// Takes the text up to the next key that is none.
    private static func typed(_ rest: inout ArraySlice<UInt8>) -> [TerminalKey] {
        let text = rest.prefix { $0 >= 0x20 && $0 != 0x7F }
        rest.removeFirst(text.count)
        // Half a character, which a terminal does not send, becomes U+FFFD.
        return String(decoding: text, as: UTF8.self).map { .character($0) }
    }

    /// Takes Escape alone, or a sequence that begins with it: `ESC [ A`, `ESC O A`, `ESC [ 5 ~`.
    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> [TerminalKey] {
        rest.removeFirst()
        guard let kind = rest.first, kind == UInt8(ascii: "[") || kind == UInt8(ascii: "O") else { return [.escape] }
        rest.removeFirst()
        let parameters = rest.prefix { (0x20...0x3F).contains($0) }
        rest.removeFirst(parameters.count)
        guard let last = rest.popFirst() else { return [] }
        return sequence(String(decoding: parameters, as: UTF8.self), last).map { [$0] } ?? []
    }

    private static func sequence(_ parameters: String, _ last: UInt8) -> TerminalKey? {
        switch (last, parameters) {
        case (UInt8(ascii: "A"), _): .up
        case (UInt8(ascii: "B"), _): .down
        case (UInt8(ascii: "C"), _): .right
        case (UInt8(ascii: "D"), _): .left
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): .home
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): .end
        case (UInt8(ascii: "~"), "5"): .pageUp
        case (UInt8(ascii: "~"), "6"): .pageDown
        default: nil
        }
    }
}
