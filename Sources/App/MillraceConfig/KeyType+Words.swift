import Millrace

extension KeyType {
    /// What a value is, in words, with its bounds: `duration, 10ms to 1h`; nil for a form of its own.
    public var words: String? {
        switch self {
        case .string: "text"
        case .integer(let range): "whole number" + Self.bounds(range) { "\($0)" }
        case .boolean: "`true` or `false`"
        case .duration(let range, let allowsInfinite):
            "duration" + Self.bounds(range, DurationText.text) + (allowsInfinite ? ", or `infinite`" : "")
        case .size(let range): "size" + Self.bounds(range, SizeText.text)
        case .choice(let words): Self.listed(words)
        case .strings: "text or list of texts"
        case .map: "names and values"
        case .object: "mapping"
        case .node, .notYet: nil
        }
    }

    private static func bounds<Number: FixedWidthInteger>(
        _ range: ClosedRange<Number>, _ text: (Number) -> String
    ) -> String {
        switch (range.lowerBound == .min, range.upperBound == .max) {
        case (true, true): ""
        case (true, false): ", at most \(text(range.upperBound))"
        case (false, true): ", at least \(text(range.lowerBound))"
        case (false, false): ", \(text(range.lowerBound)) to \(text(range.upperBound))"
        }
    }

    private static func listed(_ words: [String]) -> String {
        let quoted = words.map { "`\($0)`" }
        guard quoted.count > 1 else { return quoted.joined() }
        return quoted.dropLast().joined(separator: ", ") + " or " + quoted.suffix(1).joined()
    }
}
