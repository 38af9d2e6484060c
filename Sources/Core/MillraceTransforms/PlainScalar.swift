import JSON

/// What a scalar without quotes is, in a place where JSON values are compared with it.
enum PlainScalar {
    case text
    case number
    case boolean(Bool)
    case null
    /// A number by the rules of YAML, but none of JSON.
    case foreignNumber

    init(_ text: String) {
        switch text {
        case "true", "True", "TRUE": self = .boolean(true)
        case "false", "False", "FALSE": self = .boolean(false)
        case "", "~", "null", "Null", "NULL": self = .null
        default:
            let bytes = Array(text.utf8)
            if JSONNumber(bytes.span) != nil {
                self = .number
            } else {
                self = Self.looksLikeNumber(text) ? .foreignNumber : .text
            }
        }
    }

    /// The numbers of YAML's core schema: a sign, a point without a digit before or behind it, leading zeros, other bases.
    private static func looksLikeNumber(_ text: String) -> Bool {
        let unsigned = text.drop { $0 == "+" || $0 == "-" }
        if text.count - unsigned.count > 1 { return false }
        if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(unsigned)) { return true }
        if unsigned.hasPrefix("0x") { return unsigned.count > 2 && unsigned.dropFirst(2).allSatisfy(\.isHexDigit) }
        if unsigned.hasPrefix("0o") { return unsigned.count > 2 && unsigned.dropFirst(2).allSatisfy(\.isWholeNumber) }
        let parts = unsigned.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        let power = parts.count == 2 ? parts[1].drop { $0 == "+" || $0 == "-" } : "0"
        let digits = parts[0].filter { $0 != "." }
        return !digits.isEmpty && parts[0].count - digits.count < 2 && !power.isEmpty
            && (digits + power).allSatisfy { $0.isASCII && $0.isWholeNumber }
    }
}
