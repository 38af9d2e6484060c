import CSimdjson

extension JSONText {
    /// Whether `text` is one JSON value of any kind with nothing but white space around it, to the letter of RFC 8259 and
    /// in UTF-8. Arrays and objects may be nested 1024 deep. Complexity: linear, no allocation.
    public static func isValid(_ text: RawSpan) -> Bool {
        unsafe text.withUnsafeBytes { bytes in
            var walk = unsafe Walk(bytes: bytes)
            return isUTF8(text) && walk.value(depth: 0) && walk.isAtEnd
        }
    }

    /// Whether `text` is UTF-8. Complexity: linear, no allocation.
    public static func isUTF8(_ text: RawSpan) -> Bool {
        unsafe text.withUnsafeBytes { bytes in
            // The buffer is only read during the call; an empty one may have no address, and is UTF-8.
            guard let start = bytes.baseAddress else { return true }
            return unsafe cj_is_utf8(start.assumingMemoryBound(to: UInt8.self), bytes.count) != 0
        }
    }

    /// A walk over a text that is UTF-8, from its first byte. Each step answers false where the text is no JSON.
    @safe private struct Walk {
        // Invariant: the walk is made and gone while the bytes are borrowed; every access is checked against their count.
        let bytes: UnsafeRawBufferPointer
        var at = 0

        init(bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }

        /// The next byte, 0 behind the last one, which begins nothing.
        var next: UInt8 { unsafe at < bytes.count ? bytes[at] : 0 }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return unsafe at == bytes.count
            }
        }

        mutating func skipSpace() {
            while next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { at += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte, byte != 0 else { return false }
            at += 1
            return true
        }

        mutating func take(_ word: StaticString) -> Bool {
            for index in 0..<word.utf8CodeUnitCount where unsafe !take(word.utf8Start[index]) { return false }
            return true
        }

        mutating func value(depth: Int) -> Bool {
            guard depth < 1024 else { return false }
            skipSpace()
            switch next {
            case UInt8(ascii: "{"): return object(depth: depth)
            case UInt8(ascii: "["): return array(depth: depth)
            case UInt8(ascii: "\""): return string()
            case UInt8(ascii: "t"): return take("true")
            case UInt8(ascii: "f"): return take("false")
            case UInt8(ascii: "n"): return take("null")
            default: return number()
            }
        }

        mutating func object(depth: Int) -> Bool {
            at += 1
            skipSpace()
            if take(UInt8(ascii: "}")) { return true }
            repeat {
                skipSpace()
                guard next == UInt8(ascii: "\""), string() else { return false }
                skipSpace()
                guard take(UInt8(ascii: ":")), value(depth: depth + 1) else { return false }
                skipSpace()
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "}"))
        }

        mutating func array(depth: Int) -> Bool {
            at += 1
            skipSpace()
            if take(UInt8(ascii: "]")) { return true }
            repeat {
                guard value(depth: depth + 1) else { return false }
                skipSpace()
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "]"))
        }

        mutating func digits() -> Bool {
            let start = at
            while next >= UInt8(ascii: "0"), next <= UInt8(ascii: "9") { at += 1 }
            return at > start
        }

        mutating func number() -> Bool {
            _ = take(UInt8(ascii: "-"))
            if !take(UInt8(ascii: "0")), !digits() { return false }
            if take(UInt8(ascii: ".")), !digits() { return false }
            guard take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) else { return true }
            if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
            return digits()
        }

        mutating func string() -> Bool {
            at += 1
            while unsafe at < bytes.count {
                switch next {
                case UInt8(ascii: "\""):
                    at += 1
                    return true
                case UInt8(ascii: "\\"): guard escape() else { return false }
                case 0..<0x20: return false
                default: at += 1
                }
            }
            return false
        }

        mutating func escape() -> Bool {
            at += 1
            switch next {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                at += 1
                return true
            case UInt8(ascii: "u"):
                at += 1
                return hexadecimal() && hexadecimal() && hexadecimal() && hexadecimal()
            default: return false
            }
        }

        /// One digit. In a loop inside `escape`, this trips the optimizer of Swift 6.3.1.
        mutating func hexadecimal() -> Bool {
            switch next {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                at += 1
                return true
            default: return false
            }
        }
    }
}
