import Millrace
import MillraceConfig

/// A record that is tried: as it would come from the source.
public struct TrialRecord: Sendable, Hashable {
    /// The payload as on the wire; nil for a tombstone.
    public var payload: [UInt8]?
    /// The key, where it has one.
    public var key: [UInt8]?
    /// Whether it has headers. What they are is nothing that a transform sees.
    public var hasHeaders = false

    /// A record with this payload alone.
    public init(payload: [UInt8]?) { self.payload = payload }
}

/// Runs records through the pure part of a pipeline, one at a time.
public struct Trial {
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
        /// Kafka alone has a form for a record without a payload.
        let takesTombstones: Bool
    }

    private let shared: [Step]
    private let sinks: [Sink]

    /// Trials of the decode, the transforms and the sinks of `config`.
    public init(_ config: PipelineConfig) {
        let decode = config.decode.make()
            .map { Step(transform: $0, kind: config.decode.name, reason: .decode, place: "decode", number: nil) }
        shared = [decode].compactMap { $0 } + Self.steps(config.transforms, under: "")
        sinks = config.sinks.map { sink in
            let place = "sink:\(sink.name)/"
            let when = sink.when
                .map { Step(transform: $0, kind: "when", reason: .transform, place: "\(place)when", number: nil) }
            return Sink(
                name: sink.name, steps: [when].compactMap { $0 } + Self.steps(sink.transforms, under: place),
                takesTombstones: sink.kind.name == "kafka")
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
    public func run(_ payload: [UInt8]) -> TrialResult { run(TrialRecord(payload: payload)) }

    /// What becomes of `input`.
    public func run(_ input: TrialRecord) -> TrialResult {
        var result = TrialResult()
        let arena = Arena()
        deliver(run(shared, over: Trial.table(input, arena), arena, isShared: true, &result), arena, &result)
        return result
    }

    /// Why a payload cannot be decoded.
    public struct Undecodable: Error {
        /// As dead letters say it.
        public let message: String
    }

    /// What `decode` makes of `payload`; the payload itself where there is nothing to be done.
    public static func decoded(_ payload: [UInt8], by decode: any DecodeKind) -> Result<[UInt8], Undecodable> {
        guard let transform = decode.make() else { return .success(payload) }
        let arena = Arena()
        let read = table(TrialRecord(payload: payload), arena)
        let decoded = RecordTable(capacity: 1)
        var builder = BatchBuilder(into: decoded, arena: arena)
        read.withList { transform.apply($0, to: &builder) }
        if let failure = builder.finish().first { return .failure(Undecodable(message: failure.message)) }
        return .success(decoded.count > 0 ? decoded[0].copyPayload() ?? [] : [])
    }

    /// A table of one record, whose payload lies in `arena`, where transforms expect it: with room behind it.
    private static func table(_ input: TrialRecord, _ arena: Arena) -> RecordTable {
        let read = RecordTable(capacity: 1)
        var builder = BatchBuilder(into: read, arena: arena)
        let record = record(input, arena)
        if let payload = input.payload { builder.emit(record, [payload]) } else { builder.keep(record) }
        _ = builder.finish()
        return read
    }

    /// The record but for its payload; its key lies in the arena as well.
    private static func record(_ input: TrialRecord, _ arena: Arena) -> Record {
        func bare(_ key: RawSpan?) -> Record {
            Record(
                offset: 0, timestamp: 0, payload: input.payload == nil ? nil : RawSpan(), key: key, origin: 0,
                hasHeaders: input.hasHeaders)
        }
        guard let key = input.key else { return bare(nil) }
        let keys = RecordTable(capacity: 1)
        var builder = BatchBuilder(into: keys, arena: arena)
        builder.emit(Record(offset: 0, timestamp: 0, payload: RawSpan(), key: nil, origin: 0, hasHeaders: false), [key])
        _ = builder.finish()
        return keys.withList { bare($0.payload(0)) }
    }

    /// Gives each sink what the shared steps have left.
    private func deliver(_ records: RecordTable, _ arena: Arena, _ result: inout TrialResult) {
        guard records.count > 0 else { return }
        for sink in sinks {
            let given = run(sink.steps, over: records, arena, isShared: false, &result)
            for index in 0..<given.count {
                let payload = given[index].copyPayload()
                guard payload != nil || sink.takesTombstones else { continue }
                result.deliveries.append(TrialResult.Delivery(sink: sink.name, payload: payload))
            }
        }
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
