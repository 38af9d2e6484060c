import Millrace

extension Key {
    /// What a value is, in words, with its bounds: `duration, 10ms to 1h`.
    public var words: String { type.words ?? Self.forms[name] ?? "of a form of its own" }

    /// The forms that Millrace itself reads and that no type describes, by the names of their keys.
    private static let forms = [
        "source": "one kind of source", "decode": "a word", "transforms": "list of transforms",
        "sinks": "names, each with a sink", "when": "pattern", "dead_letter": "mapping, or `park`",
    ]
}

extension KeyType {
    /// As ``Key/words``; nil for a form of its own.
    fileprivate var words: String? {
        switch self {
        case .string: "text"
        case .integer(let range): "whole number" + Self.bounds(range) { "\($0)" }
        case .boolean: "`true` or `false`"
        case .duration(let range, let allowsInfinite):
            "duration" + Self.bounds(range, DurationText.text) + (allowsInfinite ? ", or `infinite`" : "")
        case .durationOrNever(let range): "duration" + Self.bounds(range, DurationText.text) + ", or `never`"
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
