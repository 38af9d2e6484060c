import Millrace
import MillraceMachines

/// Runs the chains over a batch that was read and says what the machine is to admit. One a lane, its memory reused.
struct BatchWork {
    private let pipeline: Pipeline
    private var failed: [Chain.Failed] = []

    init(_ pipeline: Pipeline) { self.pipeline = pipeline }

    /// What becomes of `batch`, whose source table holds at least one record.
    ///
    /// Synchronous and pure; allocates a few arrays a batch, nothing a record. Complexity: O(records × steps).
    mutating func run(_ batch: Batch, number: Int, bytes: Int, now: Int64) -> (work: WorkBatch, admission: Admission) {
        let memory = batch.memory
        let source = memory.source
        var dead: [Admission.Dead] = []
        failed.removeAll(keepingCapacity: true)
        let shared = pipeline.shared.run(source, tables: tables(memory, 0), arena: memory.arena, failed: &failed)
        collect(&dead, sink: nil)
        let all = BatchWork.allRecords(source: source, shared: shared)
        var tables: [RecordTable] = []
        var portions: [Admission.Portion] = []
        tables.reserveCapacity(pipeline.sinks.count)
        portions.reserveCapacity(pipeline.sinks.count)
        for (index, sink) in pipeline.sinks.enumerated() {
            failed.removeAll(keepingCapacity: true)
            let pair = self.tables(memory, 2 + 2 * index)
            var table = sink.chain.run(shared, tables: pair, arena: memory.arena, failed: &failed)
            collect(&dead, sink: index)
            if sink.dropsTombstones && table.hasTombstones {
                let other = table === pair.0 ? pair.1 : pair.0
                table.copyWithoutTombstones(to: other)
                table = other
            }
            tables.append(table)
            portions.append(
                Admission.Portion(
                    records: table.count == all.count ? nil : BatchWork.run(of: table),
                    weight: sink.isWeighed ? table.payloadBytes : table.count))
        }
        if dead.count > 1 { dead.sort { $0.record < $1.record } }
        let offsets = source.offsets
        let admission = Admission(
            batch: number, first: Position(offset: offsets.lowerBound), next: Position(offset: offsets.upperBound),
            records: all, portions: portions, dead: dead)
        let work = WorkBatch(
            number: number, batch: batch, offsets: offsets, pinnedSince: now, bytes: bytes, tables: tables)
        return (work, admission)
    }

    /// A batch of a record that is a dead letter before anything is done to it, for `reason` in an operator's words.
    func bury(
        _ batch: Batch, number: Int, bytes: Int, now: Int64, reason: String
    ) -> (work: WorkBatch, admission: Admission) {
        let source = batch.memory.source
        let offsets = source.offsets
        let none = RecordTable(capacity: 1)
        let admission = Admission(
            batch: number, first: Position(offset: offsets.lowerBound), next: Position(offset: offsets.upperBound),
            records: BatchWork.run(of: source),
            portions: pipeline.sinks.map { _ in Admission.Portion(records: RecordRun(), weight: 0) },
            dead: [
                Admission.Dead(
                    record: source[0].id, place: pipeline.stageNames[0], reason: DeadLetter.Reason.skipped.rawValue,
                    message: reason, stage: nil)
            ])
        let work = WorkBatch(
            number: number, batch: batch, offsets: offsets, pinnedSince: now, bytes: bytes,
            tables: pipeline.sinks.map { _ in none })
        return (work, admission)
    }

    private func tables(_ memory: BatchMemory, _ first: Int) -> (RecordTable, RecordTable) {
        while memory.outputs.count < first + 2 { memory.outputs.append(RecordTable(capacity: 1024)) }
        return (memory.outputs[first], memory.outputs[first + 1])
    }

    private func collect(_ dead: inout [Admission.Dead], sink: Int?) {
        for failure in failed {
            dead.append(
                Admission.Dead(
                    record: failure.record.id, place: pipeline.stageNames[failure.stage],
                    reason: pipeline.reason(of: failure.stage).rawValue, message: failure.message,
                    stage: sink.map { StageID($0) }))
        }
    }

    /// All records that were read, as the machine counts them: those that went through the shared transforms by the
    /// names they have behind them, those that did not by the names they came with.
    private static func allRecords(source: RecordTable, shared: RecordTable) -> RecordRun {
        guard shared.hasParts else { return run(of: source) }
        var ids: [RecordID] = []
        ids.reserveCapacity(source.count + shared.count)
        var row = 0
        for index in 0..<source.count {
            let offset = source[index].offset
            var isFound = false
            while row < shared.count && shared[row].offset == offset {
                ids.append(shared[row].id)
                row += 1
                isFound = true
            }
            if !isFound { ids.append(source[index].id) }
        }
        return RecordRun(ids)
    }

    private static func run(of table: RecordTable) -> RecordRun {
        guard table.count > 0 else { return RecordRun() }
        let first = table[0].offset
        let last = table[table.count - 1].offset
        if !table.hasParts && last - first + 1 == Int64(table.count) { return RecordRun(offsets: first..<last + 1) }
        return RecordRun(table.ids())
    }
}
