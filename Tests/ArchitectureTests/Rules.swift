/// A rule that a file breaks, worded so that its place can be opened.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let what: String

    var description: String { "\(path):\(line): \(what)" }
}

/// The rules themselves: from text to findings, so that each can be shown to fail on planted text.
enum Rules {
    /// An import of a target of ours must be in its row, any other in its floor's list.
    static func imports(of source: SourceText, row: Row, table: [Row]) -> [Finding] {
        let ours = Set(table.map(\.name))
        return source.imports.compactMap { module, line in
            if module == row.name || row.imports.contains(module) { return nil }
            if !ours.contains(module), row.floor.systemModules.contains(module) { return nil }
            return Finding(path: source.path, line: line, what: "\(row.name) may not import \(module)")
        }
    }

    /// A test imports what Package.swift names for it, and what comes with the toolchain.
    static func imports(ofTest source: SourceText, allowed: [String]) -> [Finding] {
        let system: Set = ["Testing", "FoundationEssentials", "Glibc", "Synchronization"]
        return source.imports.filter { !allowed.contains($0.module) && !system.contains($0.module) }
            .map { Finding(path: source.path, line: $0.line, what: "not in this target's row: \($0.module)") }
    }

    /// Code that ends the process on input that can occur.
    static func traps(in source: SourceText) -> [Finding] {
        findings(in: source, ["try!", "as!", "fatalError(", "preconditionFailure"]) { "\($0) ends the process" }
    }

    /// Sleeping in a test, instead of waiting for a condition with a deadline.
    static func sleeps(in source: SourceText) -> [Finding] {
        findings(in: source, ["Thread.sleep", "usleep", "Task.sleep", "nanosleep", "sleep("]) {
            "\($0): wait for a condition with a deadline"
        }
    }

    /// Unsafe code outside the places that are named for it.
    static func unsafeCode(in source: SourceText) -> [Finding] {
        if source.path.hasPrefix("Sources/Libraries/") { return [] }
        if unsafePlaces.contains(where: source.path.hasPrefix) { return [] }
        return findings(in: source, ["unsafe", "@unsafe", "@safe"]) {
            "\($0) outside the Libraries floor and the batch"
        }
    }

    /// Files that hold more than one idea.
    static func length(path: String, text: String) -> [Finding] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - (text.hasSuffix("\n") ? 1 : 0)
        return lines > longestFile ? [Finding(path: path, line: lines, what: "longer than \(longestFile) lines")] : []
    }

    /// Words of one machine or of unfinished work, which say nothing to a reader of the repository.
    static func foreignWords(path: String, text: String) -> [Finding] {
        var found: [Finding] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            for word in foreign where line.contains(word) {
                found.append(Finding(path: path, line: number + 1, what: "foreign word: \(word)"))
            }
        }
        return found
    }

    // Put together here so that this file does not break its own rule.
    private static let foreign = [
        "/wo" + "rk/", "/ro" + "ot/", "/tmp/ba" + "sh_jobs", "FIX" + "ME", "TO" + "DO", "X" + "XX", "py" + "pi.org",
        "deb.debi" + "an.org", "pythonhos" + "ted",
    ]

    private static func findings(
        in source: SourceText, _ texts: [String], _ what: (String) -> String
    ) -> [Finding] {
        texts.flatMap { text in
            source.lines(with: text).map { Finding(path: source.path, line: $0, what: what(text)) }
        }
    }
}
