import Millrace
import MillraceMachines

/// A machine with its surroundings: plain sinks called by index, records called by offset.
struct TestShard {
    var machine: ShardMachine
    var domains: [FaultDomain]
    var epoch = 0
    var now: Milliseconds = 0
    private var batch = 0

    init(
        _ stages: [StageSpec] = [StageSpec(name: "a", domain: 0)], shard: Int = 0,
        domain: FaultDomain = FaultDomain(failureThreshold: 2, unwitnessed: 0), oversize: Oversize = .reference,
        expire: Milliseconds? = nil
    ) {
        machine = ShardMachine(shard: shard, stages: stages, oversize: oversize, expire: expire)
        domains = Array(repeating: domain, count: (stages.map(\.domain).max() ?? 0) + 1)
        _ = assign()
    }

    mutating func feed(_ event: ShardEvent, epoch: Int? = nil) -> [ShardAction] {
        var actions: [ShardAction] = []
        machine.step(
            event, epoch: epoch ?? self.epoch, now: now, jitter: 1, creditAvailable: true, domains: &domains,
            actions: &actions)
        return actions
    }

    mutating func assign(at checkpoint: Int64 = 0, cursors: [Cursor?] = []) -> [ShardAction] {
        epoch += 1
        return feed(.assigned(checkpoint: Position(offset: checkpoint), cursors: cursors))
    }

    /// Reads the next `count` plain records as one batch.
    mutating func admit(
        _ count: Int64, portions: [Admission.Portion] = [], dead: [Admission.Dead] = []
    ) -> [ShardAction] {
        let first = machine.position
        let offsets = first.offset..<first.offset + count
        return admit(
            RecordRun(offsets: offsets), from: first, to: Position(offset: offsets.upperBound), portions: portions,
            dead: dead)
    }

    mutating func admit(
        _ records: RecordRun, from first: Position, to next: Position, portions: [Admission.Portion] = [],
        dead: [Admission.Dead] = []
    ) -> [ShardAction] {
        batch += 1
        return feed(
            .admitted(
                Admission(batch: batch, first: first, next: next, records: records, portions: portions, dead: dead)))
    }

    /// A delivery ends; `failures` by offset.
    mutating func end(
        _ submission: Submission, _ failures: [Int64: FailureClass] = [:], message: String = ""
    ) -> [ShardAction] {
        let named = failures.sorted { $0.key < $1.key }
            .map { RecordFailure(RecordID(offset: $0.key), Failure($0.value, message)) }
        return feed(.done(submission.stage, delivery: submission.delivery, failures: named))
    }

    /// A stage names `offset` as too large, and nothing else was tried.
    mutating func refuse(_ submission: Submission, tooLarge offset: Int64) -> [ShardAction] {
        let named = submission.records.map {
            RecordFailure($0, $0.offset == offset ? .tooLarge("16 of 8 bytes") : Failure(.untried, "behind"))
        }
        return feed(.done(submission.stage, delivery: submission.delivery, failures: named))
    }

    /// Answers deliveries and letters, and what comes of the answers, until nothing is left: a sink refuses every delivery
    /// that has one of `bad`. What was decided in the last of these steps.
    mutating func answer(_ actions: [ShardAction], refusing bad: Set<Int64>) -> [ShardAction] {
        var (open, last) = (actions, actions)
        while !open.isEmpty {
            switch open.removeFirst() {
            case .submit(let submission):
                let isBad = submission.records.contains { bad.contains($0.offset) }
                last = isBad ? fail(submission, .rejected) : end(submission)
            case .deadLetter(let letter): last = feed(.deadLetter(letter.key, .written))
            default: continue
            }
            open += last
        }
        return last
    }

    /// A delivery ends with all its records failed.
    mutating func fail(_ submission: Submission, _ kind: FailureClass, message: String = "") -> [ShardAction] {
        let named = submission.records.map { RecordFailure($0, Failure(kind, message)) }
        return feed(.done(submission.stage, delivery: submission.delivery, failures: named))
    }
}

extension [ShardAction] {
    var submissions: [Submission] { compactMap { if case .submit(let value) = $0 { value } else { nil } } }

    var letters: [Letter] { compactMap { if case .deadLetter(let value) = $0 { value } else { nil } } }

    var releases: [Int] { compactMap { if case .release(let batch, _) = $0 { batch } else { nil } } }

    var lagging: [Int] { compactMap { if case .release(let batch, true) = $0 { batch } else { nil } } }

    var forgotten: [Int] { compactMap { if case .forget(let batch) = $0 { batch } else { nil } } }

    var timers: [TimerID] { compactMap { if case .schedule(let timer, _) = $0 { timer } else { nil } } }

    var news: [DomainNews] { compactMap { if case .tell(_, let news) = $0 { news } else { nil } } }

    var gaps: [Range<Position>] { compactMap { if case .gap(let range) = $0 { range } else { nil } } }

    var rewind: Position? { lazy.compactMap { if case .rewind(let position) = $0 { position } else { nil } }.first }

    var isClosed: Bool { contains { if case .closed = $0 { true } else { false } } }
}

extension RecordRun {
    /// The offsets, for comparisons.
    var offsets: [Int64] { map(\.offset) }
}
