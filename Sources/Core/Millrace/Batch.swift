/// Where the bytes of a batch come from: a source's messages, which stay as they are until the owner is gone.
///
/// The core knows nothing else of them. The owner is released on whatever thread lets go of the batch last.
public protocol BatchOwner: AnyObject, Sendable {
    /// Calls `body` with each header of message `origin`, in order; names may repeat, a value may be missing.
    func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void)
}

/// The reusable memory of a batch: its descriptors and its arena.
public final class BatchMemory {
    /// The records as read.
    public let source: RecordTable
    /// The records behind the shared transforms, then a table for each sink that has its own.
    public var outputs: [RecordTable] = []
    /// Where transforms write.
    public let arena: Arena

    /// Fresh memory.
    public init() {
        source = RecordTable(capacity: 1024)
        arena = Arena()
    }

    /// The bytes it holds, used or not. Complexity: O(tables).
    public var bytes: Int { arena.capacity + source.bytes + outputs.reduce(0) { $0 + $1.bytes } }

    /// Forgets the contents and keeps the memory.
    public func reset() {
        source.removeAll()
        for table in outputs { table.removeAll() }
        arena.reset()
    }
}

/// A run of consecutive records of one shard: the unit of work and of memory.
///
/// It owns the source's messages and the memory of its transforms; one reference count a batch, none a record. It is
/// filled on its lane and only read from then on, by whoever holds a reference.
public final class Batch: @unchecked Sendable {
    /// The shard it was read from.
    public let shard: ShardID
    /// The assignment under which it was read.
    public let epoch: Int
    /// The messages behind it.
    public let owner: any BatchOwner
    /// Descriptors and arena. Only read once the batch has been admitted.
    public let memory: BatchMemory
    private let recycle: (@Sendable (BatchMemory) -> Void)?

    /// A batch over `memory`, whose bytes `owner` keeps. `recycle` gets the memory back, on the thread that lets go last.
    public init(
        shard: ShardID, epoch: Int, owner: any BatchOwner, memory: BatchMemory,
        recycle: (@Sendable (BatchMemory) -> Void)? = nil
    ) {
        self.shard = shard
        self.epoch = epoch
        self.owner = owner
        self.memory = memory
        self.recycle = recycle
    }

    deinit { recycle?(memory) }
}
