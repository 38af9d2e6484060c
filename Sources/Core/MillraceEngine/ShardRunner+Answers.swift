import Millrace
import MillraceMachines
import Platform

/// Hearing: what sinks and operators say.
extension ShardRunner {
    /// A sink's answer, as the machine names it.
    func hear(_ report: SinkReport, _ core: inout LaneCore, _ now: Int64) {
        let stage = StageID(report.sink)
        switch report.outcome {
        case .accepted(let delivery):
            step(.accepted(stage, delivery: delivery), &core, now)
            if machine.records(ofDelivery: delivery, at: stage) == nil {
                submitted.removeValue(forKey: DeliveryKey(stage: stage, delivery: delivery))
            }
        case .done(let delivery, let failures):
            let since = submitted.removeValue(forKey: DeliveryKey(stage: stage, delivery: delivery))
            guard let run = machine.records(ofDelivery: delivery, at: stage) else { return }
            var named: [RecordFailure] = []
            named.reserveCapacity(failures.count)
            for failure in failures where failure.index < run.count {
                named.append(RecordFailure(run[run.startIndex + failure.index], failure.failure))
            }
            core.shared.observer.observe(
                .answered(
                    sink: report.sink, shard, delivered: run.count - named.count, failed: named.count,
                    firstFailure: failures.first { $0.failure.kind != .untried },
                    offset: named.first?.record.offset ?? run[run.startIndex].offset,
                    nanoseconds: since.map { MonotonicClock.now() - $0.time }))
            if named.count < run.count { hindrance.delivered(by: report.sink, now: now) }
            step(.done(stage, delivery: delivery, failures: named), &core, now)
        case .durable(let through):
            hindrance.delivered(by: report.sink, now: now)
            step(.durable(stage, through: through), &core, now)
            settle(stage) { since in
                core.shared.observer.observe(
                    .answered(
                        sink: report.sink, shard, delivered: since.count, failed: 0, firstFailure: nil,
                        offset: since.offset, nanoseconds: MonotonicClock.now() - since.time))
            }
        case .lost(let from):
            step(.lost(stage, from: from), &core, now)
            settle(stage) { _ in }
        case .room: step(.room(stage), &core, now)
        }
    }

    /// Forgets when those deliveries of `stage` were submitted that are over, and names them: a sink that learns later what
    /// is safe says so of records, and never of a delivery.
    private func settle(_ stage: StageID, _ isOver: (Submit) -> Void) {
        let open = machine.openDeliveries(at: stage)
        for (key, submit) in submitted where key.stage == stage && !open.contains(key.delivery) {
            submitted.removeValue(forKey: key)
            isOver(submit)
        }
    }

    /// An operator's command, if it concerns this shard; whether it does.
    func operate(_ operation: Operation, _ core: inout LaneCore, _ now: Int64) -> Bool {
        guard !isClosed else { return false }
        switch operation {
        case .pause(let hold) where hold.concerns(shard): step(.pause(hold.sink.map { StageID($0) }), &core, now)
        case .resume(let hold) where hold.concerns(shard): step(.resume(hold.sink.map { StageID($0) }), &core, now)
        case .skip(let shard, let offset, let reason) where shard == self.shard:
            if !bury(offset, reason: reason, &core, now) {
                step(.skip(Position(offset: offset), reason: reason), &core, now)
            }
        case .resolve(let sink, let poison): step(.resolve(StageID(sink), poison ? .poison : .retry), &core, now)
        default: return false
        }
        return true
    }

    // MARK: - How the shard stands

    /// Adds the shard and its books to `snapshot`.
    func add(to snapshot: inout WorkerSnapshot, _ core: borrowing LaneCore) {
        let books = addBooks(to: &snapshot)
        let checkpoint = machine.checkpoint.offset
        snapshot.shards.append(
            ShardSnapshot(
                shard: shard, epoch: epoch, position: machine.position.offset, checkpoint: checkpoint,
                waiting: hindrance.waiting, since: hindrance.since, nextTry: nextTry,
                cursors: machine.cursors.map(\.low.offset),
                inFlight: books.map(\.inFlight).max() ?? 0,
                inFlightBytes: batches.values.reduce(0) { $0 + $1.bytes },
                timestamp: oldestTimestamp(from: checkpoint), problem: problem,
                problemSince: problem == nil ? nil : problemSince,
                isParkedByPolicy: isParkedByPolicy, books: books, unanswered: overdue(core.shared.pipeline.plan.sinks)))
    }

    /// When what the shard waits for is tried again; nil where that is not known, or it is being tried.
    private var nextTry: Int64? {
        timers.filter { isAwaited($0.key) }.values.map(\.due).min()
    }

    private func isAwaited(_ timer: TimerID) -> Bool {
        switch (timer, hindrance.waiting) {
        case (.retry(let stage, _), .retry(let sink)), (.loss(let stage), .retry(let sink)),
            (.suspect(let stage, _), .suspectOutage(let sink)):
            stage.index == sink
        case (.letter, .deadLetters): true
        default: false
        }
    }

    /// Adds the books of an assignment that ends.
    func add(toFinished snapshot: inout WorkerSnapshot) {
        let books = addBooks(to: &snapshot)
        snapshot.addFinished(shard, books)
    }

    /// Since when each sink owes an answer: when the oldest delivery was submitted, and the sink's own time.
    private func overdue(_ sinks: [PipelinePlan.SinkPlan]) -> [Int64?] {
        var oldest: [Int64?] = Array(repeating: nil, count: sinks.count)
        for (key, submit) in submitted {
            let sink = key.stage.index
            oldest[sink] = min(oldest[sink] ?? .max, submit.time / 1_000_000 + sinks[sink].sink.answerTime)
        }
        return oldest
    }

    private func addBooks(to snapshot: inout WorkerSnapshot) -> [SinkBooks] {
        let books = snapshot.books.indices.map { SinkBooks(machine.books(of: StageID($0))) }
        for sink in books.indices { snapshot.books[sink].add(books[sink]) }
        snapshot.read += books.map(\.read).max() ?? 0
        return books
    }

    /// When the first record of the batch that holds the checkpoint was produced.
    private func oldestTimestamp(from checkpoint: Int64) -> Int64? {
        let open = batches.values.filter { $0.offsets.upperBound > checkpoint }
        guard let oldest = open.min(by: { $0.offsets.lowerBound < $1.offsets.lowerBound }) else { return nil }
        let source = oldest.batch.memory.source
        return source.count > 0 ? source[0].timestamp : nil
    }
}
