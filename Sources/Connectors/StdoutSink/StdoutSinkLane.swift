import Millrace

/// One lane's end of a stdout sink.
///
/// One delivery of a shard is on its way at a time, so the machine has heard of every failure when it sends the next:
/// `heard` needs no look.
final class StdoutSinkLane: SinkLane {
    private let lane: LaneContext
    private let sink: StdoutSink

    init(lane: LaneContext, sink: StdoutSink) {
        self.lane = lane
        self.sink = sink
    }

    func submit(_ delivery: Delivery) -> Int {
        let address = address(delivery.slot, delivery.epoch)
        let ends = Job.ends(of: delivery)
        guard sink.reserve(ends.last ?? 0, address) else { return 0 }
        sink.put(Job(delivery, ends: ends), address)
        return delivery.count
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) { sink.abandon(address(slot, epoch)) }

    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? { nil }

    func close() {}

    private func address(_ slot: Int, _ epoch: Int) -> SinkAddress {
        SinkAddress(lane, slot: slot, epoch: epoch)
    }
}
