import Millrace
import MillraceMachines
import Platform

extension DeadLetter {
    /// The machine's letter about `record` of `batch`, with the untouched original.
    init(
        _ letter: Letter, stage: String, shard: ShardID, plan: PipelinePlan, record: Record, of batch: Batch
    ) {
        var headers: [Header] = []
        if record.hasHeaders {
            batch.owner.forEachHeader(of: Int(record.origin)) { headers.append(Header($0, $1)) }
        }
        let isFull = letter.form == .full
        self.init(
            origin: shard, offset: record.offset, timestamp: record.timestamp, group: plan.group,
            pipeline: plan.name, stage: stage, reason: Reason(letter.reason), error: letter.message,
            attempts: letter.attempts, bisection: letter.path.description, failedAt: Timestamp.now().rfc3339,
            form: isFull ? .full : .reference, key: isFull ? record.copyKey() : nil,
            payload: isFull ? record.copyPayload() : nil, headers: headers, replay: plan.replay)
    }
}

extension DeadLetter.Reason {
    init(_ reason: Letter.Reason) {
        switch reason {
        case .poison: self = .poison
        case .tooLarge: self = .tooLarge
        case .rejected: self = .rejected
        case .exhausted: self = .exhausted
        case .expired: self = .expired
        case .skipped: self = .skipped
        case .pure(let name): self = DeadLetter.Reason(rawValue: name) ?? .transform
        }
    }
}
