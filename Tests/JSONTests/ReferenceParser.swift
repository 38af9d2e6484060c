/// JSON by the letter of RFC 8259, one byte after the other: slow, strict, and sharing nothing with the reader.
indirect enum Reference: Equatable {
    case string(String)
    case number(String)
    case literal(String)
    case array([Reference])
    case object([Member])

    struct Member: Equatable {
        let name: String
        let value: Reference
        let raw: String
    }

    /// The object that `text` is, or nil. No more than 1,024 brackets may be open.
    static func object(_ text: [UInt8]) -> [Member]? {
        guard String(validating: text, as: UTF8.self) != nil else { return nil }
        var parser = Parser(text: text)
        parser.space()
        guard case .object(let members)? = parser.value(depth: 0) else { return nil }
        parser.space()
        return parser.at == text.count ? members : nil
    }

    /// The value at `path`: of members with one name the first counts, and paths go through objects only.
    static func find(_ path: ArraySlice<String>, in members: [Member]) -> Member? {
        guard let member = members.first(where: { $0.name == path.first }) else { return nil }
        if path.count == 1 { return member }
        if case .object(let below) = member.value { return find(path.dropFirst(), in: below) }
        return nil
    }
}

private struct Parser {
    let text: [UInt8]
    var at = 0

    func peek() -> UInt8 { at < text.count ? text[at] : 0 }

    mutating func space() { while [9, 10, 13, 32].contains(peek()), at < text.count { at += 1 } }

    mutating func take(_ character: Character) -> Bool {
        guard at < text.count, peek() == character.asciiValue else { return false }
        at += 1
        return true
    }

    mutating func value(depth: Int) -> Reference? {
        switch peek() {
        case UInt8(ascii: "{"): depth < 1024 ? object(depth: depth + 1) : nil
        case UInt8(ascii: "["): depth < 1024 ? array(depth: depth + 1) : nil
        case UInt8(ascii: "\""): string().map { .string($0) }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): number()
        default: literal()
        }
    }

    mutating func object(depth: Int) -> Reference? {
        at += 1
        space()
        var members: [Reference.Member] = []
        if take("}") { return .object([]) }
        while true {
            guard let name = string() else { return nil }
            space()
            guard take(":") else { return nil }
            space()
            let start = at
            guard let value = value(depth: depth) else { return nil }
            members.append(.init(name: name, value: value, raw: String(decoding: text[start..<at], as: UTF8.self)))
            space()
            if take("}") { return .object(members) }
            guard take(",") else { return nil }
            space()
        }
    }

    mutating func array(depth: Int) -> Reference? {
        at += 1
        space()
        var elements: [Reference] = []
        if take("]") { return .array([]) }
        while true {
            guard let value = value(depth: depth) else { return nil }
            elements.append(value)
            space()
            if take("]") { return .array(elements) }
            guard take(",") else { return nil }
            space()
        }
    }

    mutating func string() -> String? {
        guard take("\"") else { return nil }
        var units: [UInt16] = []
        var bytes: [UInt8] = []
        func flushed() -> [UInt16] { units + Array(String(decoding: bytes, as: UTF8.self).utf16) }
        while at < text.count {
            let byte = text[at]
            at += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: flushed(), as: UTF16.self) }
            if byte < 0x20 { return nil }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            units = flushed()
            bytes = []
            guard let unit = escape() else { return nil }
            units.append(unit)
        }
        return nil
    }

    mutating func escape() -> UInt16? {
        let letter = peek()
        at += 1
        let short: [Character: UInt16] = [
            "\"": 34, "\\": 92, "/": 47, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9,
        ]
        if letter != UInt8(ascii: "u") { return short[Character(Unicode.Scalar(letter))] }
        guard at + 4 <= text.count, text[at..<at + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
            return nil
        }
        at += 4
        return UInt16(String(decoding: text[at - 4..<at], as: UTF8.self), radix: 16)
    }

    mutating func digits() -> Bool {
        let start = at
        while at < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(peek()) { at += 1 }
        return at > start
    }

    mutating func number() -> Reference? {
        let start = at
        _ = take("-")
        if !take("0") { guard digits() else { return nil } }
        if take(".") { guard digits() else { return nil } }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            guard digits() else { return nil }
        }
        return .number(String(decoding: text[start..<at], as: UTF8.self))
    }

    mutating func literal() -> Reference? {
        for word in ["true", "false", "null"] where text[at...].starts(with: word.utf8) {
            at += word.utf8.count
            return .literal(word)
        }
        return nil
    }
}
