import Millrace
import MillraceMachines

/// A run of a plan: the engine's state machines between a virtual broker, virtual sinks and a virtual clock.
///
/// Every step is judged against ``Ledger`` and the plan. A run is deterministic; used from one thread.
package final class World {
    /// A dead letter that the DLQ took.
    package struct Written: Sendable {
        package var time: Int
        package var sink: Int?
        package var shard: Int
        package var offset: Int64
        package var isInnocent: Bool
    }

    package let plan: Plan
    let dice: Dice
    var logs: [VirtualLog]
    var ledger: Ledger
    var workers: [Worker]
    /// Those that crashed.
    var pastWorkers: [Worker] = []
    var agenda = Agenda()
    package internal(set) var now = 0
    package internal(set) var steps = 0
    /// By shard: the broker's count of assignments, and what was committed.
    var generations: [Int]
    var owners: [Tenure?]
    var committed: [(offset: Int64, cursors: [Cursor?])]
    /// By sink.
    var outages: [(kind: Fault.FailureKind, until: Int)]
    var fullUntil: [Int]
    var lettersDownUntil = 0
    var isHealed = false
    var rolls = 0
    /// Records that only an operator's word made dead letters.
    package internal(set) var written: [Written] = []
    package internal(set) var transitions: Set<UInt64> = []
    package internal(set) var violation: Violation?
    /// What happened, when asked for.
    package var trace: [String]?

    package init(_ plan: Plan) {
        self.plan = plan
        dice = Dice(seed: plan.seed)
        let logs = (0..<plan.shards).map { VirtualLog(plan, shard: $0) }
        self.logs = logs
        ledger = Ledger(plan, logs)
        workers = (0..<plan.workers).map { Worker($0, plan) }
        generations = Array(repeating: 0, count: plan.shards)
        owners = Array(repeating: nil, count: plan.shards)
        committed = Array(repeating: (0, []), count: plan.shards)
        outages = Array(repeating: (.transient, 0), count: plan.sinks.count)
        fullUntil = Array(repeating: 0, count: plan.sinks.count)
    }

    deinit {
        // Workers and tenures hold each other.
        for worker in workers + pastWorkers { worker.tenures.removeAll() }
    }

    /// Runs the plan to its end, or to the first violation.
    @discardableResult
    package func run() -> Violation? {
        for shard in 0..<plan.shards { agenda.add(.assign(shard: shard, worker: shard % plan.workers), at: 0) }
        for index in plan.faults.indices { agenda.add(.fault(index), at: plan.faults[index].at) }
        agenda.add(.heal, at: plan.horizon)
        let patience = plan.horizon + 60 * plan.recovery + 60_000
        while violation == nil, let (time, happening) = agenda.next() {
            now = max(now, time)
            if now > patience || steps > 60_000 {
                fail(0, "the world does not come to rest: \(standstill)")
                break
            }
            happen(happening)
            if isHealed, isDone {
                audit()
                break
            }
        }
        return violation
    }

    /// A record by its shard and offset.
    package struct Place: Hashable, Sendable {
        package var shard: Int
        package var offset: Int64

        package init(shard: Int, offset: Int64) {
            self.shard = shard
            self.offset = offset
        }
    }

    /// What a sink never takes.
    package func badRecords(ofSink sink: Int) -> [Place] {
        logs.enumerated().flatMap { shard, log in
            log.records.indices.filter { log.flaws[sink][$0] != .none && !log.filtered[sink][$0] }
                .map { Place(shard: shard, offset: log.records[$0].offset) }
        }
    }

    /// A number that no other question of the run gets.
    func roll() -> UInt64 {
        rolls += 1
        return dice.roll(50, rolls)
    }

    func fail(_ invariant: Int, _ text: String) {
        guard violation == nil else { return }
        violation = Violation(invariant: invariant, text: text, step: steps)
        note("VIOLATION \(invariant): \(text)")
    }

    func note(_ line: @autoclosure () -> String) {
        if trace != nil { trace?.append("\(now) ms  \(line())") }
    }

    private func happen(_ happening: Happening) {
        switch happening {
        case .read(let tenure): read(tenure)
        case .act(let tenure, let submission, let taken): act(tenure, submission, taken: taken)
        case .hear(let tenure, let event): feed(tenure, event)
        case .settle(let tenure, let sink): settle(tenure, sink)
        case .room(let tenure, let sink): makeRoom(tenure, sink)
        case .write(let tenure, let letter): write(tenure, letter)
        case .timer(let tenure, let id, let number):
            if tenure.timers[id] == number { feed(tenure, .timer(id)) }
        case .breaker(let worker, let domain, let number): expireBreaker(worker, domain, number)
        case .commit(let tenure): commit(tenure)
        case .fault(let index): strike(plan.faults[index].kind)
        case .restart(let index): restart(index)
        case .assign(let shard, let worker): assign(shard, to: worker)
        case .resume(let shard, let sink): resume(shard, sink)
        case .heal: heal()
        case .operate: operate()
        }
    }

    /// The machine that owns the shard in the broker's eyes, when its process lives.
    func owner(of shard: Int) -> Tenure? {
        guard let tenure = owners[shard], tenure.worker.isAlive, !tenure.isClosed else { return nil }
        return tenure
    }
}

// MARK: - Reading and committing

extension World {
    /// Records that may be read now.
    private func highWatermark(_ shard: Int) -> Int64 {
        isHealed ? logs[shard].end : min(logs[shard].end, Int64(plan.backlog + now / plan.pace))
    }

    func wantRead(_ tenure: Tenure, after delay: Int) {
        guard !tenure.reads else { return }
        tenure.reads = true
        agenda.add(.read(tenure), at: now + delay)
    }

    private func read(_ tenure: Tenure) {
        tenure.reads = false
        let (worker, shard) = (tenure.worker, tenure.shard)
        guard worker.isAlive, !tenure.isClosed, tenure.epoch == worker.machines[shard].epoch else { return }
        wantRead(tenure, after: 1 + roll().below(10))
        let machine = worker.machines[shard]
        guard machine.isReady, hasCredit(worker) || machine.heldBatches == 0 else { return }
        let log = logs[shard]
        let from = max(machine.position, Position(offset: log.start))
        let first = log.index(notBefore: from)
        guard first < log.records.count, log.records[first].offset < highWatermark(shard) else { return }
        let last = log.records[first].offset + Int64(roll().below(plan.batch))
        let next = Position(offset: min(last + 1, highWatermark(shard)))
        let end = log.index(notBefore: next)
        admit(tenure, first..<end, from: log.records[first].start, to: next)
    }

    private func admit(_ tenure: Tenure, _ range: Range<Int>, from first: Position, to next: Position) {
        let (worker, shard) = (tenure.worker, tenure.shard)
        let log = logs[shard]
        worker.batches += 1
        let portions = plan.sinks.indices.map { sink in
            let wanted = range.filter { !log.filtered[sink][$0] && !log.isDead($0, at: sink) }
            return Admission.Portion(
                records: wanted.count == range.count ? nil : RecordRun(wanted.map { log.records[$0] }),
                weight: wanted.count * plan.recordBytes)
        }
        let dead = range.filter { log.dead[$0] > 0 }.map { index in
            Admission.Dead(
                record: log.records[index], place: "transform:\(log.dead[index])", reason: "transform", message: "",
                stage: log.dead[index] > 1 ? StageID(log.dead[index] - 2) : nil)
        }
        tenure.held[worker.batches] = range
        worker.bytes += range.count * plan.recordBytes
        feed(
            tenure,
            .admitted(
                Admission(
                    batch: worker.batches, first: first, next: next, records: run(log, range), portions: portions,
                    dead: dead)))
    }

    private func run(_ log: VirtualLog, _ range: Range<Int>) -> RecordRun {
        let records = Array(log.records[range])
        let isPlain = records.allSatisfy { $0.sub == 0 && $0.isLast }
        if isPlain, let first = records.first, let last = records.last,
            last.offset - first.offset == Int64(records.count - 1)
        {
            return RecordRun(offsets: first.offset..<last.offset + 1)
        }
        return RecordRun(records)
    }

    func hasCredit(_ worker: Worker) -> Bool {
        // A batch may be as large as its records are cut into aggregates.
        worker.bytes + plan.batch * 4 * plan.recordBytes <= plan.pool * plan.batch * 4 * plan.recordBytes
    }

    func wantCommit(_ tenure: Tenure) {
        tenure.isDirty = true
        guard !tenure.commits else { return }
        tenure.commits = true
        agenda.add(.commit(tenure), at: now + 30)
    }

    /// The broker takes a commit from the owner alone.
    func commit(_ tenure: Tenure) {
        tenure.commits = false
        guard tenure.isDirty, tenure.worker.isAlive, generations[tenure.shard] == tenure.generation else { return }
        let machine = tenure.worker.machines[tenure.shard]
        guard machine.epoch == tenure.epoch else { return }
        tenure.isDirty = false
        // Metadata is short: of some cursors only the lower ranges fit, of some nothing.
        let cursors = machine.cursors.enumerated().map { sink, cursor -> Cursor? in
            let choice = roll()
            if choice.isWithin(100), plan.sinks[sink].isRequired { return nil }
            return choice.isWithin(300) ? Cursor(low: cursor.low, done: cursor.done.prefix(1)) : cursor
        }
        if machine.checkpoint.offset < committed[tenure.shard].offset {
            fail(3, "shard \(tenure.shard): commit \(machine.checkpoint) behind \(committed[tenure.shard].offset)")
        }
        committed[tenure.shard] = (machine.checkpoint.offset, cursors)
        note("shard \(tenure.shard): committed \(machine.checkpoint.offset)")
    }
}
