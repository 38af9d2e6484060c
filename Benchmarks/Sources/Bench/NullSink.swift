import Millrace

/// A sink that has everything at once.
final class NullSink: Sink {
    let ordering = SinkOrdering.pipelined(4)

    func open(_ lane: LaneContext) -> any SinkLane { NullLane(lane.sink) }
    func close() {}
}

private final class NullLane: SinkLane {
    private let index: Int
    private var pending: [(slot: Int, epoch: Int, number: Int)] = []

    init(_ index: Int) { self.index = index }

    func submit(_ delivery: Delivery) -> Int {
        pending.append((delivery.slot, delivery.epoch, delivery.number))
        return delivery.count
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) {}
    func close() {}

    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? {
        guard !pending.isEmpty else { return nil }
        for (slot, epoch, number) in pending {
            reports.append(SinkReport(sink: index, slot: slot, epoch: epoch, .done(delivery: number, failures: [])))
        }
        pending.removeAll(keepingCapacity: true)
        return now
    }
}
