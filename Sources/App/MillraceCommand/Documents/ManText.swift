/// Writes a man page: plain text to the letter, `code` in bold.
struct ManText {
    /// The page.
    private(set) var text: String

    /// A page `title`(`section`).
    init(_ title: String, section: Int, about: String) {
        text = ".\\\" Generated from the commands and keys of millrace.\n"
        text +=
            ".TH \(Self.quoted(title.uppercased())) \(section) \"\(Version.date)\" \(Self.quoted("millrace \(Version.current)")) "
        text += "\(Self.quoted(section == 5 ? "File formats" : "Millrace"))\n"
        text += ".SH NAME\n\(Self.escaped(title)) \\- \(Self.escaped(about))\n"
    }

    /// A heading.
    mutating func section(_ title: String) { text += ".SH \(Self.quoted(title))\n" }

    /// A paragraph. Not the first thing behind a heading: that needs none.
    mutating func paragraph(_ words: String, first: Bool = false) {
        text += (first ? "" : ".PP\n") + Self.line(words)
    }

    /// Something and what it means.
    mutating func item(_ name: String, _ meaning: String) {
        text += ".TP\n\\fB\(Self.escaped(name))\\fR\n\(Self.line(meaning))"
    }

    /// Lines as they are typed.
    mutating func lines(_ lines: String) {
        text += ".RS 4\n.nf\n"
        for line in lines.split(separator: "\n", omittingEmptySubsequences: false) {
            text += Self.guarded(Self.escaped(String(line))) + "\n"
        }
        text += ".fi\n.RE\n"
    }

    /// Other pages, by name and section.
    mutating func seeAlso(_ pages: [(name: String, section: Int)]) {
        section("SEE ALSO")
        let names = pages.map { "\\fB\(Self.escaped($0.name))\\fR(\($0.section))" }
        text += names.joined(separator: ",\n") + "\n"
    }

    /// Text in the running: what stands between back quotes comes out bold.
    private static func line(_ words: String) -> String {
        var isBold = false
        var line = ""
        for part in escaped(words).split(separator: "`", omittingEmptySubsequences: false) {
            line += isBold ? "\\fB\(part)\\fR" : part
            isBold.toggle()
        }
        // A sentence a line is what man pages have; a line must not be too long for a mail either.
        return guarded(line.replacing(". ", with: ".\n")) + "\n"
    }

    /// Characters that mean something to roff, made plain.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("…", with: "\\&...")
            .replacing("'", with: "\\(aq").replacing("—", with: "\\(em").replacing("~", with: "\\(ti")
            .replacing("^", with: "\\(ha")
    }

    /// No line begins with a control character.
    private static func guarded(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : String(line)
        }.joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String { "\"\(escaped(text).replacing("\"", with: "\\(dq"))\"" }
}
