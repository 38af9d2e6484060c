/// An origin of records: it owns shards on behalf of the group, lends readers to lanes, and commits checkpoints.
///
/// A source has one control thread of its own, which alone assigns, revokes and commits. What happens to ownership it
/// tells its ``ShardOwner`` from there.
public protocol Source: AnyObject, Sendable {
    /// Joins the group and begins to tell `owner` of assignments. Returns at once; an unreachable broker is waited for.
    func start(_ owner: any ShardOwner) throws(MillraceError)

    /// The latest checkpoint of a shard, to be committed. Thread safe; only the newest of each shard is kept, and an
    /// epoch that is not the shard's current one is ignored.
    func acknowledge(_ acknowledgement: Acknowledgement)

    /// The shard has ended on its lane after a revoke or a drain; `acknowledgement` is its last word. Thread safe.
    ///
    /// Once all shards of a revoke are released the source commits them and gives them back.
    func release(_ acknowledgement: Acknowledgement)

    /// The ends of the shards as last heard: where their logs stop. Thread safe, does not ask anybody.
    func ends() -> [ShardID: Int64]

    /// The checkpoints that are known to be committed. Thread safe.
    func committed() -> [ShardID: Int64]

    /// How many commits were refused or got lost so far. Thread safe.
    var commitFailures: Int { get }

    /// Whether it has been told which shards are ours, if any. Thread safe.
    var hasJoined: Bool { get }

    /// What the source itself waits for ("no broker answers at …"), nil when all is well. Thread safe.
    var problem: String? { get }

    /// Which part of ``problem`` holds up this shard; nil where it can be read all the same. Thread safe.
    func problem(of shard: ShardID) -> String?

    /// What of the shard's log is there and may not be read yet, although nothing is wrong with the source: it stands
    /// behind an open transaction. Nil where there is no such thing. Thread safe.
    func pending(of shard: ShardID) -> PendingInput?

    /// Commits what was released, leaves the group and ends the control thread, at the latest at `deadline`
    /// (monotonic milliseconds). Call it once the owner has released every shard. From then on the source holds its owner
    /// no more: the owner holds the source, and neither would ever end.
    ///
    /// - Returns: whether the last commit was confirmed.
    func stop(deadline: Int64) -> Bool
}

extension Source {
    /// Nothing is known, unless said otherwise.
    public func committed() -> [ShardID: Int64] { [:] }
    /// None, unless said otherwise.
    public var commitFailures: Int { 0 }
    /// From the start on, unless said otherwise.
    public var hasJoined: Bool { true }
    /// Nothing, unless said otherwise.
    public func pending(of shard: ShardID) -> PendingInput? { nil }
    /// What the source waits for holds up every shard, unless said otherwise.
    public func problem(of shard: ShardID) -> String? { problem }
}

/// What of a shard's log stands behind an open transaction, and is given to nobody before its end.
public struct PendingInput: Sendable, Hashable {
    /// Where the transaction begins: reading goes on there.
    public let offset: Int64
    /// How many offsets there are from there on.
    public let count: Int64
    /// Since when reading cannot go on there, monotonic milliseconds.
    public let since: Int64

    /// `count` offsets from `offset` on wait since `since`.
    public init(offset: Int64, count: Int64, since: Int64) {
        self.offset = offset
        self.count = count
        self.since = since
    }
}

/// Who owns the shards that a source assigns. Called on the source's control thread; must not block.
public protocol ShardOwner: AnyObject, Sendable {
    /// These shards are ours now. Each reader belongs to the owner until the shard is released.
    func assign(_ shards: [ShardAssignment])

    /// Hand these shards back: release each by ``Source/release(_:)``, at the latest at `deadline` (monotonic
    /// milliseconds). `lost` says that somebody else may own them already: nothing may be committed.
    func revoke(_ shards: [ShardID], deadline: Int64, lost: Bool)

    /// The source cannot go on, whatever happens: another instance has taken its place.
    func fail(_ error: MillraceError)
}

/// A shard as it is given to its owner.
public struct ShardAssignment: Sendable {
    /// The shard.
    public let shard: ShardID
    /// The number of the assignment; it rises with every one.
    public let epoch: Int
    /// Where to read from: the committed checkpoint, or where the config says a new group starts.
    public let checkpoint: Int64
    /// What was committed beside the checkpoint: the sinks' cursors. Nil when there was nothing.
    public let metadata: String?
    /// Whether nothing had ever been committed for this shard.
    public let isFirstStart: Bool
    /// The reading end, for the shard's lane alone.
    public let reader: any ShardReader

    /// The assignment of `shard` in `epoch`.
    public init(
        shard: ShardID, epoch: Int, checkpoint: Int64, metadata: String?, isFirstStart: Bool, reader: any ShardReader
    ) {
        self.shard = shard
        self.epoch = epoch
        self.checkpoint = checkpoint
        self.metadata = metadata
        self.isFirstStart = isFirstStart
        self.reader = reader
    }
}

/// What an owner has finished of a shard.
public struct Acknowledgement: Sendable {
    /// The shard.
    public let shard: ShardID
    /// The assignment it was worked on under.
    public let epoch: Int
    /// The lowest offset that is not safe.
    public let checkpoint: Int64
    /// The sinks' cursors, at most ``maxMetadata`` bytes.
    public let metadata: String

    /// The longest metadata that brokers take by default, with some room (4,096 bytes).
    public static let maxMetadata = 4_000

    /// `shard` is safe up to `checkpoint`.
    public init(shard: ShardID, epoch: Int, checkpoint: Int64, metadata: String) {
        self.shard = shard
        self.epoch = epoch
        self.checkpoint = checkpoint
        self.metadata = metadata
    }
}

/// The reading end of one shard. Every method is called on the shard's lane only.
public protocol ShardReader: AnyObject, Sendable {
    /// From now on the lane is woken through `descriptor` (an eventfd) when records come in. Edge triggered.
    func attach(wakeDescriptor: Int32)

    /// Appends the next records to `table`, at most `limits.records` and, after the first, `limits.bytes`. Never blocks.
    ///
    /// Several reads may fill one batch; a record's ``Record/origin`` counts from the last ``detach()``. Nil means that
    /// nothing is there now.
    func read(_ limits: ReadLimits, into table: RecordTable) throws(ReadProblem) -> ReadResult?

    /// Offsets at the end of the log that hold no record, and never will: what was read ends at or before the first of
    /// them, and no read has found anything there. Nil while there are none.
    var emptyEnd: Range<Int64>? { get }

    /// Whether offsets without a record are ordinary here: then none is looked for a second time, nor told.
    var hasHoles: Bool { get }

    /// The owner of the bytes of all records read since the last call: the batch is closed.
    func detach() -> any BatchOwner

    /// Read again from `offset`. What was read ahead and not detached is forgotten; blocks for the answer of the source's own threads.
    func rewind(to offset: Int64) throws(MillraceError)

    /// The shard has ended: gives back what it holds. Nothing is called afterwards.
    func close()
}

extension ShardReader {
    /// None, unless said otherwise.
    public var emptyEnd: Range<Int64>? { nil }
    /// They are not, unless said otherwise.
    public var hasHoles: Bool { false }
}

/// How much a batch may hold.
public struct ReadLimits: Sendable {
    /// Records.
    public var records: Int
    /// Bytes of payloads and keys; the first record is taken whatever its size.
    public var bytes: Int

    /// At most `records` records and about `bytes` bytes.
    public init(records: Int, bytes: Int) {
        self.records = records
        self.bytes = bytes
    }
}

/// What a read brought.
public struct ReadResult: Sendable {
    /// The number of records appended, at least 1.
    public let count: Int
    /// Their bytes, payloads and keys.
    public let bytes: Int
    /// Whether more may be there right now, beyond the limits.
    public var hasMore: Bool

    /// `count` records of `bytes` bytes.
    public init(count: Int, bytes: Int, hasMore: Bool) {
        self.count = count
        self.bytes = bytes
        self.hasMore = hasMore
    }
}

/// Why a shard cannot be read just now.
public enum ReadProblem: Error, Sendable {
    /// The offset is not in the log any more (or not yet); the log begins at `first`.
    case outOfRange(first: Int64, message: String)
    /// The source says something else; it may pass.
    case other(String)
}
