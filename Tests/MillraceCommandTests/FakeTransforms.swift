import Millrace

/// Transforms whose work a test gives: the payload's text, and the argument of the config.
extension Registry {
    /// The fake kinds, and transforms `drop: x` (what begins with x), `fail: x`, `mark: x` (puts x behind) and `split: x`
    /// (takes apart at x); `when: x` keeps what contains x.
    static func trial() -> Registry {
        Registry.fake()
            .adding(FakeTransformKind(name: "drop") { text, word in text.hasPrefix(word) ? .drop : .keep })
            .adding(
                FakeTransformKind(name: "fail") { text, word in
                    text.hasPrefix(word) ? .fail("begins with \(word)") : .keep
                }
            )
            .adding(FakeTransformKind(name: "mark") { text, word in .replace(text + word) })
            .adding(
                FakeTransformKind(name: "split") { text, word in
                    .split(text.split(separator: Character(word), omittingEmptySubsequences: false).map(String.init))
                }
            )
            .matching(FakePattern())
    }
}

/// What a fake transform does with a record.
enum FakeAction {
    case keep, drop
    case replace(String)
    case split([String])
    case fail(String)
}

private struct FakeTransformKind: TransformKind {
    let name: String
    let work: @Sendable (String, String) -> FakeAction
    let meaning = "Does what a test wants."
    let example = "x"

    func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform { FakeTransform(word: word(node), work: work) }
}

private struct FakePattern: PatternKind {
    func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        FakeTransform(word: word(node)) { text, word in
            if text.hasPrefix("?") { return .fail("cannot tell") }
            return text.contains(word) ? .keep : .drop
        }
    }
}

private struct FakeTransform: Transform {
    let word: String
    let work: @Sendable (String, String) -> FakeAction

    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count {
            let record = records[index]
            switch work(String(decoding: record.copyPayload() ?? [], as: UTF8.self), word) {
            case .keep: out.keep(record)
            case .drop: continue
            case .replace(let text): out.emit(record, [Array(text.utf8)])
            case .split(let texts): out.emit(record, texts.map { Array($0.utf8) })
            case .fail(let error): out.fail(record, error)
            }
        }
    }
}

private func word(_ node: ConfigNode) -> String {
    guard case .scalar(let text, _, _) = node.value else { return "" }
    return text
}
