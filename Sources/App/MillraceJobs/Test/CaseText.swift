import Millrace
import MillraceConfig
import MillraceService

/// A verdict as people and as programs read it.
struct CaseText {
    let test: PipelineConfig.Case
    let verdict: CaseVerdict
    /// The config's path.
    let path: String

    private var place: String { "\(path):\(test.place.line)" }

    /// A line, and for a failed case what is different: `-` is what was expected, `+` what came.
    var plain: String {
        guard !verdict.isPassed else { return "ok    \(test.name)\n" }
        var lines = ["FAIL  \(test.name)  (\(place))"]
        for difference in verdict.differences {
            switch difference {
            case .payload(let sink, let number, let expected, let found):
                lines += diff("\(sink), payload \(number):", expected.map(shown), found.map(shown))
            case .death(let expected, let found): lines += diff("dead:", expected, found)
            }
        }
        return (lines + verdict.remarks.map { "      \($0)" }).map { $0 + "\n" }.joined()
    }

    /// An object and a line feed.
    var json: String {
        let differences = verdict.differences.map { difference in
            switch difference {
            case .payload(let sink, let number, let expected, let found):
                return "{\"sink\":\(LogQuoting.quoted(sink)),\"payload\":\(number),"
                    + "\"expected\":\(side(expected)),\"found\":\(side(found))}"
            case .death(let expected, let found):
                return "{\"dead\":{\"expected\":\(LogQuoting.quoted(expected)),\"found\":\(LogQuoting.quoted(found))}}"
            }
        }
        let members = [
            "\"case\":\(LogQuoting.quoted(test.name))", "\"file\":\(LogQuoting.quoted(path))",
            "\"line\":\(test.place.line)", "\"passed\":\(verdict.isPassed)",
            "\"differences\":[\(differences.joined(separator: ","))]",
            "\"remarks\":[\(verdict.remarks.map(LogQuoting.quoted).joined(separator: ","))]",
        ]
        return "{\(members.joined(separator: ","))}\n"
    }

    private func side(_ payload: CaseVerdict.Payload?) -> String {
        payload.map { "{\(TrialText.member($0.bytes))}" } ?? "null"
    }

    private func shown(_ payload: CaseVerdict.Payload) -> String { TrialText.shown(payload.bytes) }

    /// Two lines below each other, and a mark below the first character where they part.
    private func diff(_ head: String, _ expected: String?, _ found: String?) -> [String] {
        let margin = String(repeating: " ", count: head.count)
        var lines = ["      \(head)  - \(expected ?? "(nothing)")", "      \(margin)  + \(found ?? "(nothing)")"]
        if let expected, let found {
            let same = zip(expected, found).prefix { $0 == $1 }.count
            if same > 0 { lines.append("      \(margin)    " + String(repeating: " ", count: same) + "^") }
        }
        return lines
    }
}
