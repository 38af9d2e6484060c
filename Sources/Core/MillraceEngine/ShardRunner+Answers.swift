import Millrace
import MillraceMachines

/// Hearing: what sinks and operators say.
extension ShardRunner {
    /// A sink's answer, as the machine names it.
    func hear(_ report: SinkReport, _ core: inout LaneCore, _ now: Int64) {
        let stage = StageID(report.sink)
        switch report.outcome {
        case .accepted(let delivery): step(.accepted(stage, delivery: delivery), &core, now)
        case .done(let delivery, let failures):
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
                    offset: named.first?.record.offset ?? run[run.startIndex].offset))
            step(.done(stage, delivery: delivery, failures: named), &core, now)
        case .durable(let through): step(.durable(stage, through: through), &core, now)
        case .lost(let from): step(.lost(stage, from: from), &core, now)
        case .room: step(.room(stage), &core, now)
        }
    }

    /// An operator's command, if it concerns this shard.
    func operate(_ operation: Operation, _ core: inout LaneCore, _ now: Int64) {
        switch operation {
        case .pause(let shard, let sink) where concerns(shard): step(.pause(sink.map { StageID($0) }), &core, now)
        case .resume(let shard, let sink) where concerns(shard): step(.resume(sink.map { StageID($0) }), &core, now)
        case .skip(let shard, let offset, let reason) where shard == self.shard:
            step(.skip(Position(offset: offset), reason: reason), &core, now)
        case .resolve(let sink, let poison): step(.resolve(StageID(sink), poison ? .poison : .retry), &core, now)
        default: break
        }
    }

    private func concerns(_ shard: ShardID?) -> Bool { shard == nil || shard == self.shard }

    // MARK: - How the shard stands

    /// Adds the shard and its books to `snapshot`.
    func add(to snapshot: inout WorkerSnapshot) {
        add(toFinished: &snapshot)
        snapshot.shards.append(
            ShardSnapshot(
                shard: shard, epoch: epoch, position: machine.position.offset, checkpoint: machine.checkpoint.offset,
                waiting: waiting, since: waitingSince, cursors: machine.cursors.map(\.low.offset),
                inFlight: snapshotInFlight))
    }

    /// Adds the books alone.
    func add(toFinished snapshot: inout WorkerSnapshot) {
        var read = 0
        for sink in snapshot.books.indices {
            let books = SinkBooks(machine.books(of: StageID(sink)))
            snapshot.books[sink].add(books)
            read = max(read, books.read)
        }
        snapshot.read += read
    }

    private var snapshotInFlight: Int {
        machine.cursors.indices.map { machine.books(of: StageID($0)).inFlight }.max() ?? 0
    }
}
