/// A line for a terminal: pieces of text, each in a style. Control characters of the text are shown as `?`, so that no
/// text can move the cursor.
struct StyledText: Sendable, Hashable, ExpressibleByStringLiteral {
    /// How a piece looks where there are colours.
    enum Style: Sendable, Hashable {
        case plain, bold, dim, good, warning, bad, inverse

        /// The sequence that begins it; none for plain text.
        fileprivate var sequence: String? {
            switch self {
            case .plain: nil
            case .bold: "\u{1B}[1m"
            case .dim: "\u{1B}[2m"
            case .good: "\u{1B}[32m"
            case .warning: "\u{1B}[33m"
            case .bad: "\u{1B}[1;31m"
            case .inverse: "\u{1B}[7m"
            }
        }
    }

    private struct Piece: Sendable, Hashable {
        var text: String
        let style: Style
    }

    private var pieces: [Piece]

    /// `text` in one style.
    init(_ text: String, _ style: Style = .plain) {
        pieces = text.isEmpty ? [] : [Piece(text: StyledText.printable(text), style: style)]
    }

    /// Plain text.
    init(stringLiteral text: String) { self.init(text) }

    /// Columns that it takes.
    var width: Int { pieces.reduce(0) { $0 + $1.text.count } }

    /// The text without its styles.
    var plain: String { pieces.map(\.text).joined() }

    /// Both, one behind the other.
    static func + (left: StyledText, right: StyledText) -> StyledText {
        var sum = left
        sum.pieces += right.pieces
        return sum
    }

    /// Appends `right`.
    static func += (left: inout StyledText, right: StyledText) { left.pieces += right.pieces }

    /// Cut to `width` columns; what was cut off is marked by `…`.
    func cut(to width: Int) -> StyledText {
        guard self.width > width else { return self }
        var left = max(width - 1, 0)
        var cut = StyledText("")
        for piece in pieces where left > 0 {
            cut.pieces.append(Piece(text: String(piece.text.prefix(left)), style: piece.style))
            left -= min(left, piece.text.count)
        }
        return width > 0 ? cut + StyledText("…", .dim) : cut
    }

    /// With spaces behind it, or before it, up to `width` columns.
    func padded(to width: Int, leading: Bool = false) -> StyledText {
        let gap = StyledText(String(repeating: " ", count: max(0, width - self.width)))
        return leading ? gap + self : self + gap
    }

    /// As it is written to a terminal, with or without colours.
    func rendered(hasColour: Bool) -> String {
        guard hasColour else { return plain }
        return pieces.map { piece in piece.style.sequence.map { $0 + piece.text + "\u{1B}[0m" } ?? piece.text }.joined()
    }

    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { clean.append(isControl(scalar) ? "?" : scalar) }
        return String(clean)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
    }
}
