import Millrace
import MillraceMachines

/// States and events as numbers for the count of transitions, and as words for a trace.
extension World {
    /// Where a shard stands: its state, what its stages wait for, and the breakers.
    func stance(_ worker: Worker, _ shard: Int) -> UInt64 {
        let machine = worker.machines[shard]
        var word: UInt64 =
            switch machine.state {
            case .closed: 0
            case .running: 1
            case .draining: 2
            case .revoking: 3
            }
        for (sink, of) in plan.sinks.enumerated() {
            let wait: UInt64 =
                switch machine.wait(of: StageID(sink), domains: worker.domains) {
                case .parked: 0
                case .paused: 1
                case .deadLetters: 2
                case .suspectOutage: 3
                case .retry: 4
                case .sink: 5
                case .full: 6
                case .breaker: 7
                case .order: 8
                case .durable: 9
                case .nothing: 10
                }
            let breaker = UInt64(worker.domains[of.domain].breaker.state.rawValue)
            word = word << 6 | wait << 2 | breaker
        }
        return word
    }

    func cover(_ event: ShardEvent, _ before: UInt64, _ after: UInt64) {
        let kind: UInt64 =
            switch event {
            case .assigned: 0
            case .admitted: 1
            case .full: 2
            case .room: 3
            case .accepted: 4
            case .done(_, _, let failures): 5 + UInt64(failures.first.map { $0.failure.kind.rawValue + 1 } ?? 0)
            case .durable: 11
            case .lost: 12
            case .deadLetter(_, .written): 13
            case .deadLetter(_, .transient): 14
            case .deadLetter(_, .tooLarge): 15
            case .timer(.retry): 16
            case .timer(.suspect): 17
            case .timer(.letter): 18
            case .timer(.loss): 19
            case .timer(.breaker): 20
            case .timer(.deadline): 21
            case .breaker: 22
            case .revoked: 23
            case .drain: 24
            case .pause: 25
            case .resume: 26
            case .skip: 27
            case .resolve: 28
            case .timer(.expiry): 29
            }
        transitions.insert(kind << 58 | before << 29 | after & (1 << 29 - 1))
    }

    func text(_ event: ShardEvent) -> String {
        switch event {
        case .admitted(let admission):
            return "read batch \(admission.batch): \(admission.first)..<\(admission.next)"
        case .done(let stage, let delivery, let failures):
            let named = failures.map { "\($0.record) \($0.failure.kind)" }.joined(separator: ", ")
            return "sink \(stage.index) ends delivery \(delivery) \(named.isEmpty ? "well" : named)"
        case .accepted(let stage, let delivery): return "sink \(stage.index) accepts delivery \(delivery)"
        case .durable(let stage, let record): return "sink \(stage.index) is durable through \(record)"
        case .lost(let stage, let record): return "sink \(stage.index) lost all from \(record)"
        case .full(let stage, let delivery, let taken):
            return "sink \(stage.index) is full: takes \(taken) of delivery \(delivery)"
        case .deadLetter(let key, let result): return "letter of \(key.record): \(result)"
        default: return "\(event)"
        }
    }

    func text(_ action: ShardAction) -> String {
        switch action {
        case .submit(let submission):
            let records = submission.records.map(\.description).joined(separator: " ")
            return "submit \(submission.delivery) to sink \(submission.stage.index): \(records)"
        case .deadLetter(let letter): return "dead letter of \(letter.key.record), \(letter.reason), \(letter.form)"
        default: return "\(action)"
        }
    }
}
