import Millrace
import Platform

/// A sink that accepts what it is given, and says that it is safe when it is told to, as a file does after its sync.
final class SyncedSink: Sink {
    let ordering = SinkOrdering.pipelined(4)
    private let state = Locked<(isSynced: Bool, accepted: Int, loses: Bool)>((true, 0, false))

    /// While this is off nothing is safe.
    func setSynced(_ isSynced: Bool) { state.withLock { $0.isSynced = isSynced } }
    /// What it has accepted and not called safe is lost, once.
    func lose() { state.withLock { $0.loses = true } }
    var accepted: Int { state.withLock { $0.accepted } }

    func open(_ lane: LaneContext) -> any SinkLane { SyncedSinkLane(self, lane.sink) }
    func close() {}

    fileprivate var isSynced: Bool { state.withLock { $0.isSynced } }
    fileprivate func takeLoss() -> Bool {
        state.withLock { state in
            defer { state.loses = false }
            return state.loses
        }
    }
    fileprivate func count(_ records: Int) { state.withLock { $0.accepted += records } }
}

private final class SyncedSinkLane: SinkLane {
    private let sink: SyncedSink
    private let index: Int
    private var fresh: [Delivery] = []
    private var pending: [(slot: Int, epoch: Int, first: RecordID, last: RecordID)] = []

    init(_ sink: SyncedSink, _ index: Int) {
        self.sink = sink
        self.index = index
    }

    func submit(_ delivery: Delivery) -> Int {
        fresh.append(delivery)
        return delivery.count
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) { pending.removeAll { $0.slot == slot && $0.epoch == epoch } }
    func close() {}

    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? {
        for delivery in fresh {
            sink.count(delivery.count)
            reports.append(
                SinkReport(
                    sink: index, slot: delivery.slot, epoch: delivery.epoch, .accepted(delivery: delivery.number)))
            pending.append((delivery.slot, delivery.epoch, delivery[0].id, delivery[delivery.count - 1].id))
        }
        fresh.removeAll()
        guard !pending.isEmpty else { return nil }
        if sink.takeLoss() {
            for (slot, epoch, first, _) in pending.prefix(1) {
                reports.append(SinkReport(sink: index, slot: slot, epoch: epoch, .lost(from: first)))
            }
            pending.removeAll()
            return now + 5
        }
        guard sink.isSynced else { return now + 5 }
        for (slot, epoch, _, last) in pending {
            reports.append(SinkReport(sink: index, slot: slot, epoch: epoch, .durable(through: last)))
        }
        pending.removeAll()
        return now
    }
}
