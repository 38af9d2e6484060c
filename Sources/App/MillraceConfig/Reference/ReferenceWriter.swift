import Millrace

/// Writes YAML with comments, key by key.
struct ReferenceWriter {
    /// What was written.
    private(set) var text = ""
    private var depth = 0
    /// The depth at which what is written began to be commented out.
    private var commented: Int?
    private var isEmpty = true

    /// The widest line.
    private static let width = 118

    /// A comment, over as many lines as it needs. Nothing where there is nothing to say.
    mutating func say(_ comment: String) {
        guard !comment.isEmpty else { return }
        let room = Self.width - 2 * depth - 2
        var line = ""
        for word in comment.split(separator: " ") {
            if !line.isEmpty && line.count + 1 + word.count > room {
                self.line("# " + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        self.line("# " + line)
    }

    /// An empty line.
    mutating func blankLine() { text += "\n" }

    /// A line of YAML.
    mutating func line(_ line: String) {
        let outer = commented ?? depth
        text += String(repeating: "  ", count: outer) + (commented == nil ? "" : "#")
        text += String(repeating: "  ", count: depth - outer) + line + "\n"
        isEmpty = false
    }

    /// `name:` with what `body` writes inside; `name: {}` where it writes nothing.
    mutating func open(_ name: String, _ body: (inout ReferenceWriter) -> Void) {
        let before = text
        line("\(name):")
        depth += 1
        isEmpty = true
        body(&self)
        depth -= 1
        guard isEmpty else { return }
        text = before
        line("\(name): {}")
    }

    /// What `body` writes, commented out if `condition` holds.
    mutating func commentingOut(_ condition: Bool, _ body: (inout ReferenceWriter) -> Void) {
        let before = commented
        if condition && commented == nil { commented = depth }
        body(&self)
        commented = before
    }

    /// A key with its comment and its value: the example, else the default.
    mutating func add(_ key: Key, withMeaning: Bool = true) {
        guard key.isWorking else { return }
        commentingOut(!key.isRequired && key.defaultText == nil) { writer in
            if withMeaning { writer.say(key.meaning) }
            writer.say(key.note)
            if case .object(let keys) = key.type {
                writer.open(key.name) { writer in keys.forEach { writer.add($0) } }
            } else {
                writer.line("\(key.name): \(key.example ?? key.defaultText ?? "")")
            }
        }
    }
}

extension Key {
    /// Whether this version has the key.
    var isWorking: Bool { if case .notYet = type { false } else { true } }

    /// What its value is and where it stands without one: `Duration, 10ms to 1h. Default: 1s.`
    var note: String {
        var notes: [String] = []
        if case .object = type {} else { notes.append(words.prefix(1).uppercased() + words.dropFirst()) }
        if isRequired { notes.append("Required") }
        if let defaultText, defaultText != "{}" { notes.append("Default: \(defaultText)") }
        return notes.map { $0 + "." }.joined(separator: " ").replacing("`", with: "")
    }
}
