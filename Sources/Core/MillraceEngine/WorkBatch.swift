import Millrace
import MillraceMachines

/// A batch of a shard from its reading to its end: the records as read, and what each sink gets of them.
struct WorkBatch {
    /// The machine's number of it.
    let number: Int
    /// Its memory; holding it holds every byte.
    var batch: Batch
    /// The offsets it covers, `first..<next`.
    let offsets: Range<Int64>
    /// When it was read, or copied, monotonic milliseconds; nil for a copy, which pins nothing.
    let pinnedSince: Int64?
    /// The bytes of its credit.
    let bytes: Int
    /// What each sink gets, by the sink's place.
    let tables: [RecordTable]

    /// The records of `run` on their way to `sink`, as a delivery.
    ///
    /// Complexity: O(log n) when they lie together in the sink's table, O(n) when some in between were delivered.
    func delivery(_ submission: Submission, shard: ShardID, slot: Int, epoch: Int) -> Delivery? {
        let table = tables[submission.stage.index]
        let run = submission.records
        guard let first = run.first, let last = run.last else { return nil }
        let start = table.index(of: first)
        let end = start + run.count - 1
        var indices: [Int32]?
        if !(end < table.count && table[start].id == first && table[end].id == last) {
            guard let scattered = self.indices(of: run, in: table, from: start) else { return nil }
            indices = scattered
        }
        return Delivery(
            shard: shard, slot: slot, epoch: epoch, number: submission.delivery, heard: submission.heard, batch: batch,
            table: table, first: indices == nil ? start : 0, count: run.count, indices: indices)
    }

    private func indices(of run: RecordRun, in table: RecordTable, from start: Int) -> [Int32]? {
        var indices: [Int32] = []
        indices.reserveCapacity(run.count)
        var row = start
        for record in run {
            while row < table.count && table[row].id < record { row += 1 }
            guard row < table.count, table[row].id == record else { return nil }
            indices.append(Int32(row))
        }
        return indices
    }

    /// The record as it was read.
    func original(_ record: RecordID) -> Record? {
        let source = batch.memory.source
        let row = source.index(of: RecordID(offset: record.offset))
        return row < source.count && source[row].offset == record.offset ? source[row] : nil
    }

    /// The batch without the source's messages, for a sink that is given them later. `credit` pays for the copy; nil
    /// where what waits is bounded otherwise.
    func detached(_ credit: CreditPool?) -> WorkBatch {
        let bytes = bytes
        credit?.take(bytes)
        let copy = BatchCopy(batch, tables: tables) { _ in credit?.give(bytes) }
        return WorkBatch(
            number: number, batch: copy.batch, offsets: offsets, pinnedSince: nil, bytes: bytes, tables: copy.tables)
    }

    /// Whether nothing but this holds the batch: no delivery of it is under way.
    mutating func isIdle() -> Bool { isKnownUniquelyReferenced(&batch) }
}
