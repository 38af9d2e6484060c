/// Swift source with its comments and the insides of its string literals blanked, so that a rule speaks of code alone.
/// Line numbers stay. Interpolations count as string text, which is enough for what the rules look for.
struct SourceText {
    let path: String
    private let bytes: [UInt8]

    init(path: String, text: String) {
        self.path = path
        self.bytes = Self.blanked(text)
    }

    /// The modules that are imported, with their line (from 1).
    var imports: [(module: String, line: Int)] {
        var found: [(String, Int)] = []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where line.utf8.contains(UInt8(ascii: "i")) {
            var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })[...]
            while let word = words.first, word.hasPrefix("@") || Self.accessLevels.contains(word) {
                words = words.dropFirst()
            }
            guard words.first == "import", words.count >= 2 else { continue }
            let module = Self.kinds.contains(words[words.startIndex + 1]) ? words.dropFirst(2) : words.dropFirst()
            guard let name = module.first?.split(separator: ".").first else { continue }
            found.append((String(name), number + 1))
        }
        return found
    }

    /// The lines (from 1) on which the code contains `text` where no identifier goes on at either end.
    func lines(with text: String) -> [Int] {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, let last = wanted.last else { return [] }
        var found: [Int] = []
        var line = 1
        for at in bytes.indices {
            if bytes[at] == UInt8(ascii: "\n") { line += 1 }
            guard bytes[at] == first, found.last != line, bytes[at...].starts(with: wanted) else { continue }
            let end = at + wanted.count
            if Self.isWord(first), at > 0, Self.isWord(bytes[at - 1]) { continue }
            if Self.isWord(last), end < bytes.count, Self.isWord(bytes[end]) { continue }
            found.append(line)
        }
        return found
    }

    private static let accessLevels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "func", "protocol", "typealias", "var", "let",
    ]

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private enum Place {
        case code, line, block, string, text
    }

    /// The source with everything but code and line feeds turned to spaces.
    private static func blanked(_ source: String) -> [UInt8] {
        var bytes = Array(source.utf8)
        var place = Place.code
        var at = 0
        func starts(_ marks: UInt8...) -> Bool {
            bytes[at] == marks[0] && bytes[at...].starts(with: marks)
        }
        let slash = UInt8(ascii: "/")
        let star = UInt8(ascii: "*")
        let quote = UInt8(ascii: "\"")
        let backslash = UInt8(ascii: "\\")
        let feed = UInt8(ascii: "\n")
        func blank(_ count: Int = 1) {
            for index in at..<min(at + count, bytes.count) where bytes[index] != feed {
                bytes[index] = UInt8(ascii: " ")
            }
            at += count
        }
        while at < bytes.count {
            let byte = bytes[at]
            switch place {
            case .code where byte == slash && starts(slash, slash): place = .line
            case .code where byte == slash && starts(slash, star): place = .block
            case .code where byte == quote:
                place = starts(quote, quote, quote) ? .text : .string
                at += place == .text ? 3 : 1
            case .code: at += 1
            case .line:
                if byte == feed { place = .code }
                blank()
            case .block:
                let ends = byte == star && starts(star, slash)
                if ends { place = .code }
                blank(ends ? 2 : 1)
            case .string where byte == backslash, .text where byte == backslash: blank(2)
            case .string:
                if byte == quote || byte == feed {
                    place = .code
                    at += 1
                } else {
                    blank()
                }
            case .text:
                if byte == quote && starts(quote, quote, quote) {
                    place = .code
                    at += 3
                } else {
                    blank()
                }
            }
        }
        return bytes
    }
}
