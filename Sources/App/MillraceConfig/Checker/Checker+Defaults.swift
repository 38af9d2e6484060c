import Millrace
import YAML

extension Checker {
    /// The value of a key that is left out: its default text read as if it stood in the file.
    func defaultValue(of key: Key, path: String, owner: Mark) -> Options.Value? {
        guard let text = key.defaultText else { return nil }
        var reader = NodeReader(nil)
        guard let root = YAMLDocument(text).root else { return nil }
        let entry = ConfigNode.Entry(key: key.name, keyPlace: owner.place, value: reader.read(root))
        // A default is checked on its own, so that a wrong one shows as a fault of its kind and not of the file.
        let inner = Checker(registry)
        let value = inner.value(of: entry, key, path: path)
        if let issue = inner.issues.first {
            complain("the default of \(path) is wrong: \(issue.message)", at: owner, hint: "a fault of the program")
        }
        return value
    }

    /// What a type is called after `must be`.
    static func name(of type: KeyType) -> String {
        switch type {
        case .string: "a text"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .duration: "a duration"
        case .durationOrNever: "a duration or never"
        case .size: "a size"
        case .choice(let words): words.count == 1 ? words[0] : "one of " + words.joined(separator: ", ")
        case .strings: "a text or a list of texts"
        case .map: "a mapping of names to values"
        case .object: "a mapping"
        case .node, .notYet: "a value"
        }
    }

    /// An example of a value, as a hint.
    static func example(of key: Key) -> String? {
        if case .durationOrNever = key.type { return "for example 1h, or never" }
        if let text = key.defaultText { return "for example \(text)" }
        switch key.type {
        case .integer(let range): return "for example \(range.lowerBound)"
        case .duration(let range, _):
            return "for example \(DurationText.text(max(range.lowerBound, min(1000, range.upperBound))))"
        case .size(let range):
            return "for example \(SizeText.text(max(range.lowerBound, min(1 << 20, range.upperBound))))"
        case .boolean: return "for example true"
        default: return nil
        }
    }
}
