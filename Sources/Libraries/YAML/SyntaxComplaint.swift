/// What libyaml says of a syntax error, and how a person is told.
struct SyntaxComplaint {
    let problem: String
    let place: YAMLPlace
    let context: String?
    let contextPlace: YAMLPlace

    func problem(in text: YAMLText) -> YAMLProblem {
        let (message, hint) = words(in: text)
        return YAMLProblem(message, YAMLRange(place, YAMLPlace(line: place.line, column: place.column + 1)), hint: hint)
    }

    private func words(in text: YAMLText) -> (message: String, hint: String?) {
        let found = text.scalar(at: place)
        switch problem {
        case "found character that cannot start any token", "found a tab character that violates indentation":
            if found == "\t" { return ("a tab cannot indent", "indent with spaces") }
            return ("a value cannot start with \(Self.shown(found))", "quote the value")
        case "mapping values are not allowed in this context":
            return (
                "a value with \": \" in it, or a key that is indented wrongly", "quote the value, or line the key up"
            )
        case "could not find expected ':'":
            return ("a key without \":\"\(where_(at: contextPlace, "begins"))", "write key: value")
        case "did not find expected key":
            return ("no key where one is expected\(inside)", "line it up with the keys before it")
        case "did not find expected '-' indicator":
            return ("no \"- \" where one is expected\(inside)", "line it up with the entries before it")
        case "did not find expected ',' or '}'", "did not find expected ',' or ']'":
            let closing = problem.hasSuffix("'}'") ? "}" : "]"
            if found == "{", text.scalar(at: YAMLPlace(line: place.line, column: place.column - 1)) == "$" {
                return ("inside [ ] and { } a value with { in it must be quoted", "write \"${…}\"")
            }
            return ("no \",\" or \"\(closing)\" where one is expected\(inside)", nil)
        case "found unexpected end of stream":
            return ("a quote\(where_(at: contextPlace, "begins")) is never closed", "close the quote")
        case "did not find expected alphabetic or numeric character":
            return ("a value cannot start with * or &", "quote the value")
        case "found unknown escape character":
            return (
                "an escape that does not exist in double quotes", "write \\\\ for a backslash, or use single quotes"
            )
        default:
            let around = context.map { ", \($0)" } ?? ""
            return (problem + around, nil)
        }
    }

    /// What the error lies in: ` in the mapping that begins at 3:5`.
    private var inside: String {
        guard let context else { return "" }
        let what = context.contains("mapping") ? "mapping" : "list"
        return ", in the \(what)" + where_(at: contextPlace, "begins")
    }

    private func where_(at place: YAMLPlace, _ verb: String) -> String { " that \(verb) at \(place)" }

    private static func shown(_ scalar: Unicode.Scalar?) -> String {
        guard let scalar else { return "this" }
        return scalar.value < 0x20 ? "a control character" : "\"\(scalar)\""
    }
}
