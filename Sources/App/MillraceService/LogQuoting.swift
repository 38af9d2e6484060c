/// Quoting of values, so that a line stays one line and can be read back.
///
/// What is quoted is a JSON string. Escaped in it are, besides what JSON demands, the characters that may move a
/// terminal's cursor or hide text: DEL, the C1 controls, line separators, and the marks that turn the writing direction.
public enum LogQuoting {
    /// The longest value that is written, in bytes; the rest is cut off and `…` put there.
    public static let longestValue = 2_048

    /// `text` as a JSON string, with its quotes.
    public static func quoted(_ text: String) -> String {
        var out: [UInt8] = []
        appendQuoted(text, limit: nil, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends `value` bare where it reads unambiguously, else quoted: when it is empty, or has white space, quotes,
    /// `=`, a backslash or a character that must be escaped.
    static func append(_ value: String, to out: inout [UInt8]) {
        if value.isEmpty || value.utf8.count > longestValue || value.unicodeScalars.contains(where: needsQuotes) {
            appendQuoted(value, to: &out)
        } else {
            out += value.utf8
        }
    }

    /// Appends `value` as a JSON string, cut behind `limit` bytes.
    static func appendQuoted(_ value: String, limit: Int? = longestValue, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        let end = limit.map { out.count + $0 } ?? .max
        for scalar in value.unicodeScalars {
            guard out.count < end else {
                out += "…".utf8
                break
            }
            appendEscaped(scalar, to: &out)
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends a field's name: as it is, but for characters that a value would be quoted for.
    static func appendName(_ name: String, to out: inout [UInt8]) {
        for scalar in name.unicodeScalars {
            if needsQuotes(scalar) { out.append(UInt8(ascii: "_")) } else { out += String(scalar).utf8 }
        }
    }

    private static func needsQuotes(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "'", "=", "\\": true
        default: scalar.properties.isWhitespace || isEscaped(scalar)
        }
    }

    private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0: true
        case 0x2028, 0x2029, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    private static func appendEscaped(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
        switch scalar {
        case "\"": out += #"\""#.utf8
        case "\\": out += #"\\"#.utf8
        case "\n": out += #"\n"#.utf8
        case "\r": out += #"\r"#.utf8
        case "\t": out += #"\t"#.utf8
        default:
            guard isEscaped(scalar) else {
                out += String(scalar).utf8
                return
            }
            let digits = String(scalar.value, radix: 16)
            out += "\\u".utf8
            out += String(repeating: "0", count: 4 - digits.count).utf8
            out += digits.utf8
        }
    }
}
