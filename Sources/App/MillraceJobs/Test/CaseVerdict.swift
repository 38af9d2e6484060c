import Millrace
import MillraceConfig

/// Whether what became of a case's record is what was expected. Pure.
struct CaseVerdict {
    /// Something that is not as expected.
    enum Difference: Hashable {
        /// The payload number `number` (from 1) of a sink; nil where there is none, on either side.
        case payload(sink: String, number: Int, expected: Payload?, found: Payload?)
        /// Whether, or for which reason, it is dead.
        case death(expected: String, found: String)
    }

    /// A payload; nil bytes are a tombstone.
    struct Payload: Hashable {
        let bytes: [UInt8]?
    }

    let differences: [Difference]
    /// What else to say of a failed case: where the record ended.
    let remarks: [String]

    var isPassed: Bool { differences.isEmpty }

    init(_ test: PipelineConfig.Case, _ result: TrialResult, sinks: [String]) {
        var differences: [Difference] = []
        for sink in sinks {
            let expected = test.sinks.filter { $0.sink == sink }.flatMap(\.payloads).map(Payload.init)
            let found = result.deliveries.filter { $0.sink == sink }.map { Payload(bytes: $0.payload) }
            for index in 0..<max(expected.count, found.count) {
                let wanted = index < expected.count ? expected[index] : nil
                let came = index < found.count ? found[index] : nil
                if wanted != came {
                    differences.append(.payload(sink: sink, number: index + 1, expected: wanted, found: came))
                }
            }
        }
        let reasons = Set(result.deaths.map(\.reason.rawValue)).sorted()
        let found = reasons.isEmpty ? "false" : reasons.joined(separator: ", ")
        switch test.death {
        case .none where !reasons.isEmpty: differences.append(.death(expected: "false", found: found))
        case .any where reasons.isEmpty: differences.append(.death(expected: "true", found: found))
        case .reason(let reason) where !reasons.contains(reason):
            differences.append(.death(expected: reason, found: found))
        case .none, .any, .reason: break
        }
        self.differences = differences
        remarks =
            differences.isEmpty
            ? [] : result.deaths.map { "dead at \($0.stage): \($0.error)" } + result.filters.map { "filtered at \($0)" }
    }
}
