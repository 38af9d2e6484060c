/// How many deliveries of a shard a sink takes at once, and what it promises about their order.
public enum SinkOrdering: Sendable, Hashable {
    /// One delivery of a shard in flight. After a failure nothing later of the delivery has landed.
    case ordered
    /// Up to this many deliveries of a shard in flight, landing in the order in which they were submitted.
    case pipelined(Int)
    /// Idempotent: up to this many in flight, in any order; only failed records are sent again.
    case unordered(Int)
}

/// A destination. One object a sink, shared by all lanes; each lane opens one ``SinkLane``.
///
/// What blocks (fsync, a pipe, a request) gets a bounded thread of the sink's own, which answers by
/// ``SinkReporter/report(_:)``.
public protocol Sink: AnyObject, Sendable {
    /// What the sink promises. Does not change.
    var ordering: SinkOrdering { get }

    /// Whether the sink has a form for a record without a payload. Where it has none, tombstones count as filtered.
    var takesTombstones: Bool { get }

    /// How long what it accepted may wait by its own nature until it is safe, milliseconds: the time between two syncs, say.
    /// It counts as silent only so long after that.
    var answerTime: Int64 { get }

    /// The sink's end on one lane. Called once a lane, on the lane's thread, before anything is submitted.
    func open(_ lane: LaneContext) throws(MillraceError) -> any SinkLane

    /// Waits until everything on behalf of all lanes has ended and gives back files, connections, threads.
    ///
    /// Called once, after every lane has closed its end.
    func close()
}

extension Sink {
    /// No form for tombstones, unless said otherwise.
    public var takesTombstones: Bool { false }

    /// An answer is due at once, unless said otherwise.
    public var answerTime: Int64 { 0 }
}

/// What a lane offers to the sinks on it.
public struct LaneContext: Sendable {
    /// The lane, from 0.
    public let lane: Int
    /// The place of the sink among the pipeline's sinks.
    public let sink: Int
    /// An eventfd: eight bytes written to it wake the lane, which then calls ``SinkLane/poll(now:_:)``.
    public let wakeDescriptor: Int32
    /// Where reports go that are not returned by ``SinkLane/poll(now:_:)``. Thread safe.
    public let reporter: any SinkReporter
    /// Where notes for the log go. Thread safe.
    public let notes: any NoteTaker

    /// What lane `lane` offers to sink `sink`.
    public init(
        lane: Int, sink: Int, wakeDescriptor: Int32, reporter: any SinkReporter, notes: any NoteTaker
    ) {
        self.lane = lane
        self.sink = sink
        self.wakeDescriptor = wakeDescriptor
        self.reporter = reporter
        self.notes = notes
    }
}

/// Takes the reports of a sink to its lane. Thread safe; never blocks.
public protocol SinkReporter: Sendable {
    /// Hands `report` to the lane and wakes it. Reports of one caller arrive in the order of the calls.
    func report(_ report: SinkReport)
}

/// One lane's end of a sink. Every method is called on the lane's thread only and must not block.
public protocol SinkLane: AnyObject {
    /// Takes the first records of `delivery` and says how many; fewer than all means full.
    ///
    /// After a short answer nothing else of that shard is submitted until the sink reports ``SinkOutcome/room``.
    /// Submission order is delivery order. What was taken is answered exactly once by `done` (or `accepted`, then `done`
    /// or `durable` or `lost`), whatever happens; the sink keeps `delivery` as long as it needs its bytes and lets
    /// go of it on this thread.
    func submit(_ delivery: Delivery) -> Int

    /// Make durable what this shard's epoch was accepted for, at the latest at `deadline` (monotonic milliseconds).
    func flush(shard: ShardID, slot: Int, epoch: Int, deadline: Int64)

    /// Forget what this epoch gave and is not durable; nothing of it may be sent from now on.
    ///
    /// Reports may still come: the lane then only lets go of the batch.
    func abandon(shard: ShardID, slot: Int, epoch: Int)

    /// Called on every turn of the lane: appends what has come in to `reports`.
    ///
    /// - Returns: the monotonic millisecond at which the sink wants to be polled again at the latest, or nil.
    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64?

    /// The shard of `slot` and `epoch` has ended; nothing more of it will come.
    func forget(shard: ShardID, slot: Int, epoch: Int)

    /// Nothing more will be submitted; the lane ends.
    func close()
}

extension SinkLane {
    /// Nothing: everything that is delivered is durable already.
    public func flush(shard: ShardID, slot: Int, epoch: Int, deadline: Int64) {}
    /// Nothing to forget.
    public func forget(shard: ShardID, slot: Int, epoch: Int) {}
}

/// What a sink says about one shard.
public struct SinkReport: Sendable {
    /// The place of the sink among the pipeline's sinks.
    public let sink: Int
    /// The delivery's short name of the shard.
    public let slot: Int
    /// The delivery's epoch.
    public let epoch: Int
    /// What happened.
    public let outcome: SinkOutcome

    /// What `sink` says about the shard of `slot` in `epoch`.
    public init(sink: Int, slot: Int, epoch: Int, _ outcome: SinkOutcome) {
        self.sink = sink
        self.slot = slot
        self.epoch = epoch
        self.outcome = outcome
    }
}

/// An answer of a sink.
public enum SinkOutcome: Sendable {
    /// The sink owns the bytes of the delivery; nothing is safe yet.
    case accepted(delivery: Int)
    /// The delivery has ended. `failures` names the failed records by their index in the delivery, ascending; every
    /// record that is not named is delivered.
    case done(delivery: Int, failures: [IndexedFailure])
    /// Everything of the shard that was accepted up to and with this record is safe.
    case durable(through: RecordID)
    /// Everything of the shard that was accepted from this record on and is not durable is gone.
    case lost(from: RecordID)
    /// The sink that was full has room again.
    case room
}

/// A failed record, by its place in the delivery.
public struct IndexedFailure: Sendable {
    /// The place in the delivery.
    public let index: Int
    /// What is wrong.
    public let failure: Failure

    /// Record `index` failed.
    public init(_ index: Int, _ failure: Failure) {
        self.index = index
        self.failure = failure
    }
}
