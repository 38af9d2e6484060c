import Millrace

/// One lane's end of an HTTP sink.
///
/// One delivery of a shard is on its way at a time, so the machine has heard of every failure when it sends the next:
/// `heard` needs no look.
final class HTTPSinkLane: SinkLane {
    private let lane: LaneContext
    private let sink: HTTPSink

    init(lane: LaneContext, sink: HTTPSink) {
        self.lane = lane
        self.sink = sink
    }

    func submit(_ delivery: Delivery) -> Int {
        sink.put(HTTPJob(delivery, address(delivery.slot, delivery.epoch))) ? delivery.count : 0
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) { sink.abandon(address(slot, epoch)) }

    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? { sink.beginWhatMay() }

    func close() {}

    private func address(_ slot: Int, _ epoch: Int) -> SinkAddress {
        SinkAddress(lane, slot: slot, epoch: epoch)
    }
}
