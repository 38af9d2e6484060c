/// The easy form of a sink, for your own destinations: one `async` call a delivery.
///
/// ```swift
/// struct Webhook: AsyncSink {
///     func write(_ delivery: Delivery) async -> [IndexedFailure] {
///         for index in 0..<delivery.count { … delivery.copyPayload(index) … }
///         return []
///     }
/// }
/// ```
///
/// Its kind's `make` answers `AsyncSinkAdapter(Webhook())`. Order is kept: one delivery of a shard is under way at a time,
/// while deliveries of different shards run side by side. A task a delivery costs some microseconds; a sink for the
/// highest rates is a ``Sink`` itself.
public protocol AsyncSink: Sendable {
    /// Whether the sink has a form for a record without a payload; else tombstones count as filtered.
    var takesTombstones: Bool { get }

    /// Writes `delivery` and says which records failed, by their index, ascending; what is not named is safe for good.
    ///
    /// After a failed record nothing later of the delivery may have landed: name what follows `untried`. The task is
    /// cancelled when the shard is handed back before the answer; what is written then may be written again.
    func write(_ delivery: Delivery) async -> [IndexedFailure]

    /// Gives back connections. Called once, after the last answer.
    func close() async
}

extension AsyncSink {
    /// No form for tombstones, unless said otherwise.
    public var takesTombstones: Bool { false }
    /// Nothing to give back, unless said otherwise.
    public func close() async {}
}

/// Runs an ``AsyncSink`` behind the synchronous contract of ``Sink``.
public final class AsyncSinkAdapter<Base: AsyncSink>: Sink {
    private let base: Base

    /// A sink over `base`.
    public init(_ base: Base) { self.base = base }

    /// One delivery of a shard at a time.
    public var ordering: SinkOrdering { .ordered }
    /// As `base` has it.
    public var takesTombstones: Bool { base.takesTombstones }

    /// The lane's end.
    public func open(_ lane: LaneContext) -> any SinkLane { AsyncSinkLane(base, lane) }

    /// Lets `base` close in the background: a lane's thread cannot wait for a task.
    public func close() {
        let base = base
        Task { await base.close() }
    }
}

/// One lane's tasks, by shard.
private final class AsyncSinkLane<Base: AsyncSink>: SinkLane {
    private let base: Base
    private let context: LaneContext
    private var tasks: [Int: Task<Void, Never>] = [:]

    init(_ base: Base, _ context: LaneContext) {
        self.base = base
        self.context = context
    }

    func submit(_ delivery: Delivery) -> Int {
        let (base, context) = (base, context)
        tasks[delivery.slot] = Task {
            let failures = await base.write(delivery)
            context.reporter.report(
                SinkReport(
                    sink: context.sink, slot: delivery.slot, epoch: delivery.epoch,
                    .done(delivery: delivery.number, failures: failures)))
        }
        return delivery.count
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) { tasks[slot]?.cancel() }
    func forget(shard: ShardID, slot: Int, epoch: Int) { tasks[slot] = nil }
    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? { nil }
    func close() {}
}
