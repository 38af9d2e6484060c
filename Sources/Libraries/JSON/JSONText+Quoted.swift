extension JSONText {
    /// `text` in quotes, with the escapes that JSON asks for and no others.
    static func quoted(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        let utf8 = Array(text.utf8)
        // Invariant: bytes have no padding that could be read. A string is UTF-8, so it is put.
        _ = appendQuoted(unsafe utf8.span.bytes, to: &bytes)
        return bytes
    }

    /// Puts `text` behind `bytes`, in quotes, with the escapes that JSON asks for and no others; false, and nothing put,
    /// where it is no UTF-8. Complexity: linear; no allocation but for the array's growth.
    public static func appendQuoted(_ text: RawSpan, to bytes: inout [UInt8]) -> Bool {
        guard isUTF8(text) else { return false }
        bytes.append(UInt8(ascii: "\""))
        unsafe text.withUnsafeBytes { text in
            for index in text.indices {
                // Invariant: the index is one of the buffer's own.
                let byte = unsafe text[index]
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                    bytes.append(UInt8(ascii: "\\"))
                    bytes.append(byte)
                case 0..<0x20:
                    bytes.append(contentsOf: escapeStart)
                    bytes.append(UInt8(ascii: "0") + byte >> 4)
                    bytes.append(byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") + byte & 15 - 10)
                default: bytes.append(byte)
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return true
    }

    private static let escapeStart = Array("\\u00".utf8)
}
