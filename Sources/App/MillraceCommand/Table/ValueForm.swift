import Millrace
import MillraceConfig

/// What the value of an option is, and how it is read.
enum ValueForm: Sendable {
    /// Any text, called this in the help.
    case text(String)
    /// A whole number in this range, called this in the help.
    case integer(String, ClosedRange<Int>)
    /// A duration with its unit (`10ms`, `5s`, `2m`, `1h`), in this range of milliseconds.
    case duration(ClosedRange<Int64>)
    /// A size with its unit (`64KiB`, `1MiB`), in this range of bytes.
    case size(ClosedRange<Int>)
    /// The path of a file.
    case file
    /// The path of a folder.
    case folder
    /// One of these words, called this in the help.
    case choice(String, [String])
    /// A form of the command's own: what it is called, an example, and whether a text has it.
    case checked(String, example: String, @Sendable (String) -> Bool)

    /// A value that was read.
    enum Value: Sendable, Hashable {
        /// Of `text`, `file`, `folder`, `choice` and `checked`.
        case text(String)
        /// Of `integer`.
        case integer(Int)
        /// Of `duration`, in milliseconds.
        case duration(Int64)
        /// Of `size`, in bytes.
        case size(Int)
    }

    /// A text that has not the form.
    struct Mismatch: Error, Hashable {
        /// What it would have to be, after "must be".
        let expected: String
        /// The word that may have been meant.
        var suggestion: String?
    }

    /// What it is called in the help.
    var placeholder: String {
        switch self {
        case .text(let name), .integer(let name, _), .choice(let name, _), .checked(let name, _, _): name
        case .duration: "DURATION"
        case .size: "SIZE"
        case .file: "FILE"
        case .folder: "DIR"
        }
    }

    /// Reads `text`.
    func read(_ text: String) throws(Mismatch) -> Value {
        switch self {
        case .text, .file, .folder:
            if text.isEmpty { throw Mismatch(expected: "not empty") }
            if isPath, text.hasPrefix("~/") {
                throw Mismatch(expected: "a whole path, as a shell expands ~ only where a word begins with it")
            }
            return .text(text)
        case .integer(_, let range):
            guard let number = Int(text), range.contains(number) else {
                throw Mismatch(expected: "a whole number\(Self.bounds(range))")
            }
            return .integer(number)
        case .duration(let range):
            let duration = try Self.duration(text)
            guard range.contains(duration) else {
                let bounds = [range.lowerBound, range.upperBound].map(DurationText.text)
                throw Mismatch(expected: "from \(bounds[0]) to \(bounds[1])")
            }
            return .duration(duration)
        case .size(let range):
            let size = try Self.size(text)
            guard range.contains(size) else {
                let bounds = [range.lowerBound, range.upperBound].map(SizeText.text)
                throw Mismatch(expected: "from \(bounds[0]) to \(bounds[1])")
            }
            return .size(size)
        case .choice(_, let words):
            guard words.contains(text) else {
                let expected = words.count < 2 ? words.joined() : Self.list(words)
                throw Mismatch(expected: expected, suggestion: Nearest.match(text, in: words))
            }
            return .text(text)
        case .checked(let name, let example, let isGood):
            guard isGood(text) else { throw Mismatch(expected: "\(name), for example \(example)") }
            return .text(text)
        }
    }

    private var isPath: Bool {
        switch self {
        case .file, .folder: true
        default: false
        }
    }

    private static func duration(_ text: String) throws(Mismatch) -> Int64 {
        do throws(DurationText.Problem) {
            return try DurationText.milliseconds(text)
        } catch {
            let expected = "a number with its unit, for example 30s"
            if case .written(let suggestion) = error { throw Mismatch(expected: expected, suggestion: suggestion) }
            throw Mismatch(expected: expected)
        }
    }

    private static func size(_ text: String) throws(Mismatch) -> Int {
        do throws(SizeText.Problem) {
            return try SizeText.bytes(text)
        } catch {
            let expected = "a number with its unit, for example 64KiB"
            if case .written(let suggestion) = error { throw Mismatch(expected: expected, suggestion: suggestion) }
            throw Mismatch(expected: expected)
        }
    }

    private static func bounds(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (.min, .max): ""
        case (let low, .max): " from \(low) on"
        case (let low, let high): " from \(low) to \(high)"
        }
    }

    private static func list(_ words: [String]) -> String {
        words.dropLast().joined(separator: ", ") + " or " + words.suffix(1).joined()
    }
}
