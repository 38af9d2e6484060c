/// Where a sink with a thread of its own reports about a shard and epoch. A value; any thread.
public struct SinkAddress: Sendable {
    private let reporter: any SinkReporter
    private let lane: Int
    private let sink: Int
    /// The shard, by its short name in this process.
    public let slot: Int
    private let epoch: Int

    /// The address of the shard with this `slot` in this `epoch`, for reports to the lane of `context`.
    public init(_ context: LaneContext, slot: Int, epoch: Int) {
        reporter = context.reporter
        lane = context.lane
        sink = context.sink
        self.slot = slot
        self.epoch = epoch
    }

    /// Tells the lane; never blocks. See ``SinkReporter``.
    public func report(_ outcome: SinkOutcome) {
        reporter.report(SinkReport(sink: sink, slot: slot, epoch: epoch, outcome))
    }

    /// Whether both are of one shard and epoch. For addresses of one sink.
    public func isSame(as other: SinkAddress) -> Bool {
        lane == other.lane && slot == other.slot && epoch == other.epoch
    }
}
