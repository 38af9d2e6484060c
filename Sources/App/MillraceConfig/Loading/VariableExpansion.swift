/// Puts values in the place of `${…}` inside one text.
///
/// `$${` stands for the two characters `${` themselves. What comes in is not looked at again.
struct VariableExpansion {
    /// Why a text cannot be expanded.
    struct Problem: Error, Equatable {
        let message: String
        let hint: String
    }

    /// What became of a text.
    enum Outcome: Equatable {
        /// No variable was in it.
        case plain(String)
        /// At least one was; the text must not be shown.
        case secret(String)
        /// At least one was, and variables are to be left alone.
        case unknown
    }

    private static let forms = "${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${credential:NAME}"

    /// nil leaves variables alone: only their form is checked.
    let variables: Variables?

    /// Expands `text`, or says everything that is wrong with it.
    func expand(_ text: String) -> (outcome: Outcome, problems: [Problem]) {
        guard text.contains("${") else { return (.plain(text), []) }
        var result = ""
        var problems: [Problem] = []
        var hasVariable = false
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            if result.hasSuffix("$") {
                result.append("{")
                continue
            }
            hasVariable = true
            guard let end = rest.firstIndex(of: "}") else {
                problems.append(
                    Problem(
                        message: "\"${\" is never closed",
                        hint: "write \(Self.forms); for the characters themselves $${"))
                break
            }
            do throws(Problem) {
                result += try value(of: rest[..<end])
            } catch {
                problems.append(error)
            }
            rest = rest[rest.index(after: end)...]
        }
        result += rest
        if !hasVariable { return (.plain(result), problems) }
        return (variables == nil ? .unknown : .secret(result), problems)
    }

    /// The value of what stands between the braces.
    private func value(of body: Substring) throws(Problem) -> String {
        guard let colon = body.firstIndex(of: ":") else {
            let hint = "write " + (Self.isName(String(body)) ? "${env:\(body)}" : Self.forms)
            throw Problem(message: "${\(body)} does not say where its value comes from", hint: hint)
        }
        let name = String(body[body.index(after: colon)...])
        switch body[..<colon] {
        case "env": return try environmentValue(name)
        case "file":
            guard !name.isEmpty else { throw Problem(message: "${file:} names no file", hint: "write ${file:PATH}") }
            let hint =
                name.hasPrefix("~/")
                ? "~ is not expanded: write the whole path" : "relative paths count from the working directory"
            return try content(of: name, "${file:\(name)}", hint: hint)
        case "credential": return try credential(name)
        default: throw Problem(message: "${\(body)} is not known", hint: "write \(Self.forms)")
        }
    }

    private func environmentValue(_ text: String) throws(Problem) -> String {
        var name = text
        var fallback: String?
        if let mark = text.firstRange(of: ":-") {
            name = String(text[..<mark.lowerBound])
            fallback = String(text[mark.upperBound...])
        }
        if fallback?.contains("${") == true {
            throw Problem(
                message: "the default of ${env:\(name)} holds another variable", hint: "a default is plain text")
        }
        guard Self.isName(name) else {
            throw Problem(message: "${env:\(text)} names no variable", hint: "letters, digits and _: ${env:NAME}")
        }
        guard let variables else { return "" }
        if let value = variables.environment(name), fallback == nil || !value.isEmpty { return value }
        if let fallback { return fallback }
        throw Problem(
            message: "${env:\(name)} is not set", hint: "export \(name)=…, or write ${env:\(name):-default}")
    }

    private func credential(_ name: String) throws(Problem) -> String {
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
            throw Problem(
                message: "${credential:\(name)} names no credential", hint: "a file's name: ${credential:NAME}")
        }
        guard let variables else { return "" }
        guard let folder = variables.credentials else {
            throw Problem(
                message: "${credential:\(name)} has no folder to come from",
                hint: "set CREDENTIALS_DIRECTORY, or give --credentials DIR")
        }
        return try content(of: folder + "/" + name, "${credential:\(name)}", hint: "it is looked for in \(folder)")
    }

    /// The text of a file, without the line break at its end that editors put there.
    private func content(of path: String, _ shown: String, hint: String) throws(Problem) -> String {
        guard let variables else { return "" }
        let bytes: [UInt8]
        do throws(Variables.Unreadable) {
            bytes = try variables.file(path)
        } catch {
            throw Problem(message: "\(shown) cannot be read: \(error.reason)", hint: hint)
        }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(message: "\(shown) is not UTF-8", hint: "a value is text")
        }
        if text.last?.isNewline == true { text.removeLast() }
        return text
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.first, !first.isNumber else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
