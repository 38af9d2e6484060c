/// Swift source with its comments and the insides of its string literals blanked, so that a rule speaks of code alone.
/// Line numbers stay. Interpolations count as string text, which is enough for what the rules look for.
struct SourceText {
    let path: String
    let lines: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.lines = Self.blanked(text).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The modules that are imported, with their line (from 1).
    var imports: [(module: String, line: Int)] {
        var found: [(String, Int)] = []
        for (number, line) in lines.enumerated() {
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
        lines.indices.filter { Self.holds(lines[$0], text) }.map { $0 + 1 }
    }

    private static let accessLevels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "func", "protocol", "typealias", "var", "let",
    ]

    private static func holds(_ line: Substring, _ text: String) -> Bool {
        var rest = line
        while let range = rest.firstRange(of: text) {
            let before = range.lowerBound == line.startIndex ? nil : line[line.index(before: range.lowerBound)]
            let after = range.upperBound == line.endIndex ? nil : line[range.upperBound]
            let startsWord = text.first.map(isWord) ?? false
            let endsWord = text.last.map(isWord) ?? false
            if !(startsWord && before.map(isWord) == true), !(endsWord && after.map(isWord) == true) { return true }
            rest = line[range.upperBound...]
        }
        return false
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    private enum Place {
        case code, line, block, string, text
    }

    private static func blanked(_ source: String) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(source.utf8.count)
        let bytes = Array(source.utf8)
        var place = Place.code
        var at = 0
        func starts(_ text: StaticString) -> Bool {
            bytes[at...].starts(with: text.description.utf8)
        }
        func pass(_ count: Int, keep: Bool) {
            for byte in bytes[at..<min(at + count, bytes.count)] {
                out.append(keep || byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
            }
            at += count
        }
        while at < bytes.count {
            switch place {
            case .code where starts("//"): (place, at) = (.line, at)
            case .code where starts("/*"): (place, at) = (.block, at)
            case .code where starts("\"\"\""):
                place = .text
                pass(3, keep: true)
            case .code where starts("\""):
                place = .string
                pass(1, keep: true)
            case .code: pass(1, keep: true)
            case .line:
                if bytes[at] == UInt8(ascii: "\n") { place = .code }
                pass(1, keep: false)
            case .block:
                if starts("*/") {
                    place = .code
                    pass(2, keep: false)
                } else {
                    pass(1, keep: false)
                }
            case .string where starts("\\"): pass(2, keep: false)
            case .string:
                let ends = starts("\"") || starts("\n")
                if ends { place = .code }
                pass(1, keep: ends)
            case .text where starts("\"\"\""):
                place = .code
                pass(3, keep: true)
            case .text where starts("\\"): pass(2, keep: false)
            case .text: pass(1, keep: false)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
