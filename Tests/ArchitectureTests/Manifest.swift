/// What Package.swift says of its targets, read as text: the calls that it makes and the strings in them.
struct Manifest {
    /// The targets of the floors.
    private(set) var rows: [Row] = []
    /// What each test target may import.
    private(set) var tests: [String: [String]] = [:]

    init(text: String) {
        guard let start = text.firstRange(of: "let package = Package(") else { return }
        let body = text[start.upperBound...]
        for call in Self.calls(in: body) {
            guard let name = call.name else { continue }
            switch call.function {
            case "room":
                guard call.strings.count >= 2, let floor = Floor(rawValue: call.strings[0]) else { continue }
                rows.append(Row(floor, call.strings[1], Array(call.strings.dropFirst(2))))
            case "system": rows.append(Row(.c, name))
            case "tests": tests[name] = Array(call.strings.dropFirst())
            case ".target", ".executableTarget":
                guard let floor = call.path.flatMap(Self.floor) else { continue }
                rows.append(Row(floor, name, call.dependencies))
            default: continue
            }
        }
    }

    private struct Call {
        let function: String
        let arguments: Substring

        /// Every string literal of the call, in order.
        var strings: [String] { Manifest.literals(arguments) }

        var name: String? { strings.first(where: { Floor(rawValue: $0) == nil }) }

        var path: String? { labelled("path:").first }

        var dependencies: [String] { labelled("dependencies:") }

        /// The literal or the list of literals that follows a label.
        private func labelled(_ label: String) -> [String] {
            guard let range = arguments.firstRange(of: label) else { return [] }
            let rest = arguments[range.upperBound...].drop(while: { $0 == " " || $0 == "\n" })
            if rest.first == "[" { return Manifest.literals(rest.prefix(while: { $0 != "]" })) }
            return Manifest.literals(rest.prefix(while: { $0 != "," && $0 != ")" }))
        }
    }

    private static let functions = ["room", "system", "tests", ".target", ".executableTarget"]

    private static func floor(ofPath path: String) -> Floor? {
        let parts = path.split(separator: "/")
        return parts.count == 3 && parts[0] == "Sources" ? Floor(rawValue: String(parts[1])) : nil
    }

    private static func calls(in body: Substring) -> [Call] {
        var found: [Call] = []
        var at = body.startIndex
        while at < body.endIndex {
            let here = body[at...]
            let startsWord = at == body.startIndex || !body[body.index(before: at)].isLetter
            if startsWord, let function = functions.first(where: { here.hasPrefix($0 + "(") }) {
                let open = body.index(at, offsetBy: function.count + 1)
                let arguments = balanced(body[open...])
                found.append(Call(function: function, arguments: arguments))
                at = arguments.endIndex
            } else {
                at = body.index(after: at)
            }
        }
        return found
    }

    /// Up to the parenthesis that closes what was open before `text`.
    private static func balanced(_ text: Substring) -> Substring {
        var depth = 1
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            if depth == 0 { return text[..<index] }
        }
        return text
    }

    private static func literals(_ text: Substring) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
