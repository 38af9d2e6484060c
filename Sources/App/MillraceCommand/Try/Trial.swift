import Millrace
import MillraceConfig

/// Runs records through the pure part of a pipeline, one at a time.
struct Trial {
    private struct Step {
        let transform: any Transform
        let kind: String
        let reason: DeadLetter.Reason
        /// The stage's name, or what stands before the number of one that is numbered.
        let place: String
        let number: Int?

        /// As dead letters name it: one of the `step`s that the transform stands for.
        func stage(_ step: Int = 0) -> String { number.map { "\(place)\($0 + step)" } ?? place }
    }

    private struct Sink {
        let name: String
        let steps: [Step]
    }

    private let shared: [Step]
    private let sinks: [Sink]

    /// Trials of the decode, the transforms and the sinks of `config`.
    init(_ config: PipelineConfig) {
        let decode = config.decode.make()
            .map { Step(transform: $0, kind: config.decode.name, reason: .decode, place: "decode", number: nil) }
        shared = [decode].compactMap { $0 } + Self.steps(config.transforms, under: "")
        sinks = config.sinks.map { sink in
            let place = "sink:\(sink.name)/"
            let when = sink.when
                .map { Step(transform: $0, kind: "when", reason: .transform, place: "\(place)when", number: nil) }
            return Sink(name: sink.name, steps: [when].compactMap { $0 } + Self.steps(sink.transforms, under: place))
        }
    }

    private static func steps(_ steps: [PipelineConfig.Step], under place: String) -> [Step] {
        var number = 1
        return steps.map { step in
            defer { number += step.transform.steps }
            return Step(
                transform: step.transform, kind: step.kind, reason: .transform, place: "\(place)transform:",
                number: number)
        }
    }

    /// What becomes of a record with this payload.
    func run(_ payload: [UInt8]) -> TrialResult {
        var result = TrialResult()
        let arena = Arena()
        // The payload goes into the arena, where transforms expect it: with room behind it.
        let record = Record(
            offset: 0, timestamp: 0, payload: RawSpan(), key: nil, origin: 0, hasHeaders: false)
        let read = RecordTable(capacity: 1)
        var builder = BatchBuilder(into: read, arena: arena)
        builder.emit(record, [payload])
        _ = builder.finish()
        let records = run(shared, over: read, arena, isShared: true, &result)
        guard records.count > 0 else { return result }
        for sink in sinks {
            let given = run(sink.steps, over: records, arena, isShared: false, &result)
            for index in 0..<given.count {
                guard let payload = given[index].copyPayload() else { continue }
                result.deliveries.append(TrialResult.Delivery(sink: sink.name, payload: payload))
            }
        }
        return result
    }

    /// What is left of `records` behind `steps`; notes where they failed, and the step that dropped the last of them.
    private func run(
        _ steps: [Step], over records: RecordTable, _ arena: Arena, isShared: Bool, _ result: inout TrialResult
    ) -> RecordTable {
        var from = records
        for step in steps {
            let to = RecordTable()
            var builder = BatchBuilder(into: to, arena: arena, canEmitSeveral: isShared, hasParts: from.hasParts)
            from.withList { step.transform.apply($0, to: &builder) }
            let failures = builder.finish()
            result.deaths += failures.map {
                TrialResult.Death(stage: step.stage($0.step), reason: step.reason, error: $0.message)
            }
            if to.count == 0 {
                if failures.isEmpty {
                    result.filters.append(step.number == nil ? step.stage() : "\(step.stage()) (\(step.kind))")
                }
                return to
            }
            from = to
        }
        return from
    }
}
