import Millrace

/// A path as people write it: names with dots between, each a step into an object.
///
/// A member whose own name holds a dot cannot be named, and neither can an element of an array.
enum FieldPath {
    /// As deep as a path may go; the walk over a record goes down as often.
    static let deepest = 32

    /// The names of `text`, or what is wrong with it, for the kind of transform called `kind`.
    static func parse(_ text: String, kind: String, at place: ConfigPlace, width: Int) throws(ConfigIssue) -> [String] {
        let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        func issue(_ what: String, _ hint: String?) -> ConfigIssue {
            ConfigIssue("\(kind): path \"\(text)\" \(what)", at: place, width: width, hint: hint)
        }
        let bare = names.filter { !$0.isEmpty }.joined(separator: ".")
        let hint = bare.isEmpty ? "for example address.country" : "write \(bare)"
        if text.isEmpty { throw issue("is empty", hint) }
        if names.first == "$", names.count > 1 {
            throw issue("begins with $", "write \(names.dropFirst().joined(separator: "."))")
        }
        if names.last == "" { throw issue("ends in a dot", hint) }
        if names.first == "" { throw issue("begins with a dot", hint) }
        if names.contains("") { throw issue("has two dots in a row", hint) }
        if let element = names.first(where: isElement) {
            throw issue("names elements of an array", "write the array alone, without \(element.drop { $0 != "[" })")
        }
        if names.count > deepest { throw issue("goes deeper than \(deepest) names", nil) }
        return names
    }

    /// Whether a name ends like `items[0]` or `items[*]`.
    private static func isElement(_ name: String) -> Bool {
        guard name.hasSuffix("]"), let open = name.lastIndex(of: "[") else { return false }
        return name[name.index(after: open)...].dropLast().allSatisfy { $0.isWholeNumber || $0 == "*" }
    }
}
