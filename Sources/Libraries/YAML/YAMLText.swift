/// The lines of a text.
public struct YAMLText: Sendable {
    /// The bytes, whatever they are.
    public let bytes: [UInt8]
    /// Where each line begins and ends, its break not included.
    private let lines: [Range<Int>]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var lines: [Range<Int>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let length = Self.lineBreak(in: bytes, at: index)
            guard length > 0 else {
                index += 1
                continue
            }
            lines.append(start..<index)
            index += length
            start = index
        }
        lines.append(start..<bytes.count)
        self.lines = lines
    }

    /// The number of lines; a text that ends with a line break has an empty last one.
    public var count: Int { lines.count }

    /// The line `number`, counted from 1, without its break; `nil` where the text has none. Bytes that are not UTF-8 show as
    /// replacement characters.
    public func line(_ number: Int) -> String? {
        guard number >= 1, number <= lines.count else { return nil }
        return String(decoding: bytes[lines[number - 1]], as: UTF8.self)
    }

    /// The length of the line break at `index`, 0 where there is none. These are the breaks of YAML 1.1.
    private static func lineBreak(in bytes: [UInt8], at index: Int) -> Int {
        func byte(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
        switch bytes[index] {
        case 0x0A: return 1
        case 0x0D: return byte(1) == 0x0A ? 2 : 1
        case 0xC2: return byte(1) == 0x85 ? 2 : 0
        case 0xE2: return byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9) ? 3 : 0
        default: return 0
        }
    }

    /// The offset of the first byte that is not part of UTF-8.
    var firstInvalidByte: Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar): offset += scalar.count
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }

    /// The one column at the byte at `offset`.
    func range(atByte offset: Int) -> YAMLRange {
        let index = (lines.lastIndex { $0.lowerBound <= offset }) ?? 0
        let line = lines[index]
        let before = bytes[line.lowerBound..<max(min(offset, line.upperBound), line.lowerBound)]
        // Every scalar has one byte that does not continue another.
        let column = before.count { $0 & 0xC0 != 0x80 } + 1
        return YAMLRange(
            YAMLPlace(line: index + 1, column: column), YAMLPlace(line: index + 1, column: column + 1))
    }

    /// The scalar at a place, if there is one.
    func scalar(at place: YAMLPlace) -> Unicode.Scalar? {
        guard let scalars = line(place.line)?.unicodeScalars, place.column >= 1,
            let index = scalars.index(scalars.startIndex, offsetBy: place.column - 1, limitedBy: scalars.endIndex),
            index < scalars.endIndex
        else { return nil }
        return scalars[index]
    }
}
