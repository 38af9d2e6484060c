/// A copy of a batch that pins nothing of its source: for what has to wait long, such as an optional sink's lag.
public struct BatchCopy {
    /// The batch, whose source table is a copy as well.
    public let batch: Batch
    /// Copies of the tables that were asked for, in their order.
    public let tables: [RecordTable]

    /// Copies the records of `batch` and of `tables` with their payloads, keys and headers.
    ///
    /// Complexity: O(bytes); a payload that lies in several tables is copied for each.
    /// `recycle` is told when the copy ends.
    public init(_ batch: Batch, tables: [RecordTable], recycle: (@Sendable (BatchMemory) -> Void)? = nil) {
        let memory = BatchMemory()
        var headers: [Int: [DeadLetter.Header]] = [:]
        let source = batch.memory.source
        for index in 0..<source.count where source[index].hasHeaders {
            let origin = Int(source[index].origin)
            var list: [DeadLetter.Header] = []
            batch.owner.forEachHeader(of: origin) { list.append(DeadLetter.Header($0, $1)) }
            headers[origin] = list
        }
        source.copy(to: memory.source, arena: memory.arena)
        var copies: [RecordTable] = []
        for table in tables {
            let copy = RecordTable(capacity: max(1, table.count))
            table.copy(to: copy, arena: memory.arena)
            copies.append(copy)
        }
        self.tables = copies
        self.batch = Batch(
            shard: batch.shard, epoch: batch.epoch, owner: CopiedHeaders(headers), memory: memory,
            recycle: recycle)
    }
}

/// The headers of a copied batch; its bytes lie in the copy's own arena.
private final class CopiedHeaders: BatchOwner {
    private let headers: [Int: [DeadLetter.Header]]

    init(_ headers: [Int: [DeadLetter.Header]]) { self.headers = headers }

    func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {
        for header in headers[origin] ?? [] { body(header.name, header.value) }
    }
}
