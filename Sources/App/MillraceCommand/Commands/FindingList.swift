import Millrace
import MillraceService

/// What a look at the parts of a pipeline found, for people and for programs.
struct FindingList: Sendable {
    private let findings: [Preflight.Finding]
    /// The config that they are about.
    private let path: String

    /// A list of `findings` about the config at `path`.
    init(_ findings: [Preflight.Finding], path: String) {
        self.findings = findings
        self.path = path
    }

    /// The exit code: that of the first part that will not do, else 69 where one does not answer, else 0.
    var exitCode: Int32 {
        var code = ExitCode.done.number
        for finding in findings {
            switch finding.readiness {
            case .ready, .doubtful: continue
            case .unreachable: code = ExitCode.unavailable.number
            case .refused(let error): return error.code.exitCode
            }
        }
        return code
    }

    /// A line a part and how many errors and warnings there are, `warnings` more from elsewhere among them.
    func text(warnings: Int) -> String {
        let column = (findings.map(\.part.count).max() ?? 0) + 2
        var lines = ""
        var told: [String: String] = [:]
        for row in findings.map(Row.init) {
            let name = row.part + String(repeating: " ", count: column - row.part.count)
            let place = row.place.map { "\(path):\($0.line):\($0.column): " } ?? ""
            // Parts on the same brokers fail alike; once is enough to read.
            if row.mark == "x ", let first = told[place + row.text] {
                lines += "\(row.mark)  \(name)as \(first)\n"
                continue
            }
            told[place + row.text] = row.part
            lines += "\(row.mark)  \(name)\(place)\(row.text)\n"
            if let fix = row.fix { lines += String(repeating: " ", count: column + 4) + "fix: \(fix)\n" }
        }
        let states = findings.map { Row($0).state }
        let errors = states.count { $0 == "refused" || $0 == "unreachable" }
        return lines + Self.counted(errors, "error") + ", "
            + Self.counted(warnings + states.count { $0 == "doubtful" }, "warning") + "\n"
    }

    /// An object a line: `part`, `state` (`ready`, `doubtful`, `unreachable`, `refused`), `text`, `fix`, `file`, and `line`
    /// and `column` of the key at fault, null where there is none.
    var jsonLines: String {
        findings.map(Row.init).map { row in
            let members = [("part", row.part), ("state", row.state), ("text", row.text)]
                .map { "\"\($0.0)\":\(LogQuoting.quoted($0.1))" }
            let rest = [
                ("fix", row.fix.map(LogQuoting.quoted)), ("file", LogQuoting.quoted(path)),
                ("line", row.place.map { String($0.line) }), ("column", row.place.map { String($0.column) }),
            ].map { "\"\($0.0)\":\($0.1 ?? "null")" }
            return "{\((members + rest).joined(separator: ","))}\n"
        }.joined()
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private struct Row {
        let part: String
        let mark: String
        let state: String
        let text: String
        let fix: String?
        /// The key at fault.
        var place: ConfigPlace?

        init(_ finding: Preflight.Finding) {
            part = finding.part
            switch finding.readiness {
            case .ready(let what): (mark, state, text, fix) = ("ok", "ready", what.isEmpty ? "-" : what, nil)
            case .doubtful(let what, let remedy): (mark, state, text, fix) = ("~ ", "doubtful", what, remedy)
            case .unreachable(let why, let place):
                (mark, state, text, fix) = ("x ", "unreachable", why, "start it, or correct the address")
                self.place = place
            case .refused(let error):
                (mark, state, text, fix) = ("x ", "refused", error.message, error.remedy)
                place = error.place
            }
        }
    }
}
