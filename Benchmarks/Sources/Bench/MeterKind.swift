import Millrace
import Platform

/// `meter: {}`: has everything at once, and says at its end how long nothing came: the longest time between deliveries in
/// milliseconds, the percentage of time in gaps above 20 ms, records a second.
struct MeterKind: SinkKind {
    let name = "meter"
    let meaning = "Measures the time between deliveries."
    var keys: [Key] { [] }

    func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink { MeterSink() }
}

private final class MeterSink: Sink {
    let ordering = SinkOrdering.pipelined(4)

    func open(_ lane: LaneContext) -> any SinkLane { MeterLane(lane.sink) }
    func close() {}
}

private final class MeterLane: SinkLane {
    private let index: Int
    private var pending: [(slot: Int, epoch: Int, number: Int)] = []
    private var first: Int64?
    private var last: Int64 = 0
    private var longest: Int64 = 0
    private var idle: Int64 = 0
    private var records = 0

    init(_ index: Int) { self.index = index }

    func submit(_ delivery: Delivery) -> Int {
        let now = MonotonicClock.now()
        if first == nil {
            first = now
        } else {
            longest = max(longest, now - last)
            if now - last > 20_000_000 { idle += now - last }
        }
        last = now
        records += delivery.count
        pending.append((delivery.slot, delivery.epoch, delivery.number))
        return delivery.count
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) {}

    func close() {
        guard let first, last > first else { return }
        let seconds = Double(last - first) / 1e9
        print("gaps \(Double(longest) / 1e6) \(Double(idle) / 1e9 / seconds * 100) \(Int(Double(records) / seconds))")
    }

    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? {
        guard !pending.isEmpty else { return nil }
        for (slot, epoch, number) in pending {
            reports.append(SinkReport(sink: index, slot: slot, epoch: epoch, .done(delivery: number, failures: [])))
        }
        pending.removeAll(keepingCapacity: true)
        return now
    }
}
