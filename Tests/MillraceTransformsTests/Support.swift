import Millrace
import MillraceTransforms

/// What became of a record.
enum Outcome: Equatable, CustomStringConvertible {
    case passed(String)
    case tombstone
    case filtered
    case failed(step: Int, String)

    var description: String {
        switch self {
        case .passed(let text): "passed \(text)"
        case .tombstone: "tombstone"
        case .filtered: "filtered"
        case .failed(let step, let message): "failed in \(step): \(message)"
        }
    }
}

/// Runs transforms one after the other, as an engine does; a nil payload is a tombstone.
func run(_ transforms: [any Transform], _ payloads: [[UInt8]?]) -> [Outcome] {
    let arena = Arena()
    var table = RecordTable()
    var first = BatchBuilder(into: table, arena: arena)
    for (index, payload) in payloads.enumerated() {
        let record = Record(
            offset: Int64(index), timestamp: 0, payload: nil, key: nil, origin: index, hasHeaders: false)
        guard let payload else {
            first.keep(record)
            continue
        }
        first.replace(record, capacity: payload.count) { output in for byte in payload { output.append(byte) } }
    }
    _ = first.finish()
    var outcomes = [Outcome](repeating: .filtered, count: payloads.count)
    var step = 0
    for transform in transforms {
        let next = RecordTable()
        var builder = BatchBuilder(into: next, arena: arena)
        table.withList { transform.apply($0, to: &builder) }
        for failure in builder.finish() {
            outcomes[Int(failure.record.offset)] = .failed(step: step + failure.step, failure.message)
        }
        table = next
        step += transform.steps
    }
    table.withList { list in
        for index in 0..<list.count {
            let record = list[index]
            outcomes[Int(record.offset)] = record.isTombstone ? .tombstone : .passed(text(list.payload(index)))
        }
    }
    return outcomes
}

func run(_ transforms: [any Transform], _ payloads: [String]) -> [Outcome] {
    run(transforms, payloads.map { Array($0.utf8) })
}

/// The outcome of a single record.
func run(_ transform: any Transform, _ payload: String) -> Outcome { run([transform], [payload])[0] }

private func text(_ span: RawSpan) -> String {
    unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
}

/// A transform of the kind `kind` with a value in YAML's flow style.
func make(_ kind: some TransformKind, _ value: String) throws -> any Transform { try kind.make(Flow.parse(value)) }

func filter(_ pattern: String) throws -> any Transform { try make(FilterKind(), pattern) }
func project(_ members: String) throws -> any Transform { try make(ProjectKind(), members) }
func drop(_ value: String) throws -> any Transform { try make(DropKind(), value) }

/// The messages for a value, each with its column and hint.
func issues(_ kind: some TransformKind, _ value: String) -> [String] {
    do throws(ConfigIssues) {
        _ = try kind.make(Flow.parse(value))
        return []
    } catch {
        return error.issues.map { issue in
            let mark = issue.width > 1 ? "\(issue.place.column)-\(issue.width)" : "\(issue.place.column)"
            return "\(mark) \(issue.message)" + (issue.hint.map { " (\($0))" } ?? "")
        }
    }
}
