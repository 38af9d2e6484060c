import Millrace
import Platform

/// `spin: 2000`: so many nanoseconds of work for each record.
struct SpinKind: TransformKind {
    let name = "spin"
    let meaning = "Works so many nanoseconds on each record."
    let example = "2000"

    func make(_ node: ConfigNode) throws(ConfigIssues) -> any Transform {
        guard case .scalar(let text, _, _) = node.value, let nanoseconds = Int64(text), nanoseconds >= 0 else {
            throw ConfigIssues(ConfigIssue("spin must be a number of nanoseconds", at: node, hint: example))
        }
        return Spin(nanoseconds: nanoseconds)
    }
}

private struct Spin: Transform {
    let nanoseconds: Int64

    func apply(_ records: borrowing RecordList, to out: inout BatchBuilder) {
        for index in 0..<records.count {
            let begin = MonotonicClock.now()
            while MonotonicClock.now() - begin < nanoseconds {}
            out.keep(records[index])
        }
    }
}
