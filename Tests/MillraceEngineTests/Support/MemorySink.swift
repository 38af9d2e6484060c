import Millrace
import Platform

/// A sink in memory that keeps what it is given, and refuses what a rule says.
final class MemorySink: Sink {
    /// A record as it landed.
    struct Landed: Sendable, Hashable {
        let shard: ShardID
        let offset: Int64
        let payload: [UInt8]?
    }

    private struct State {
        var landed: [Landed] = []
        var calls = 0
        var isAway = false
    }

    let ordering: SinkOrdering
    let takesTombstones: Bool
    private let judge: @Sendable ([UInt8]?) -> FailureClass?
    private let takes: Int
    private let state = Locked(State())

    /// `judge` says of a payload what is wrong with it; `takes` is how many records it takes at most in one go.
    init(
        _ ordering: SinkOrdering = .ordered, takesTombstones: Bool = false, takes: Int = .max,
        judge: @escaping @Sendable ([UInt8]?) -> FailureClass? = { _ in nil }
    ) {
        self.ordering = ordering
        self.takesTombstones = takesTombstones
        self.takes = takes
        self.judge = judge
    }

    var landed: [Landed] { state.withLock { $0.landed } }
    var calls: Int { state.withLock { $0.calls } }
    /// While away, every delivery fails `transient`.
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    func open(_ lane: LaneContext) -> any SinkLane { MemorySinkLane(self, lane.sink) }
    func close() {}

    /// What happens to the first `count` records of `delivery`.
    fileprivate func write(_ delivery: Delivery, _ count: Int) -> [IndexedFailure] {
        let records = (0..<count).map { (delivery[$0], delivery.copyPayload($0)) }
        let kinds = records.map { judge($0.1) }
        return state.withLock { state in
            state.calls += 1
            if state.isAway { return (0..<count).map { IndexedFailure($0, Failure(.transient, "away")) } }
            if kinds.contains(.rejected) {
                return (0..<count).map { IndexedFailure($0, Failure(.rejected, "refused")) }
            }
            if kinds.contains(.transient) {
                return (0..<count).map { IndexedFailure($0, Failure(.transient, "timed out")) }
            }
            var failures: [IndexedFailure] = []
            for index in 0..<count {
                if let kind = kinds[index] {
                    failures.append(IndexedFailure(index, Failure(kind, "bad")))
                } else if failures.isEmpty || isUnordered {
                    let record = records[index]
                    state.landed.append(
                        Landed(shard: delivery.shard, offset: record.0.offset, payload: record.1))
                } else {
                    failures.append(IndexedFailure(index, Failure(.untried, "behind a failure")))
                }
            }
            return failures
        }
    }

    private var isUnordered: Bool { if case .unordered = ordering { true } else { false } }
    fileprivate var limit: Int { takes }
}

private final class MemorySinkLane: SinkLane {
    private let sink: MemorySink
    private let index: Int
    private var pending: [(delivery: Delivery, count: Int)] = []
    private var full: [(slot: Int, epoch: Int)] = []
    private var told: [Int: Int] = [:]

    init(_ sink: MemorySink, _ index: Int) {
        self.sink = sink
        self.index = index
    }

    func submit(_ delivery: Delivery) -> Int {
        let count = min(delivery.count, sink.limit)
        if count < delivery.count { full.append((delivery.slot, delivery.epoch)) }
        pending.append((delivery, count))
        return count
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) {}
    func close() {}

    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? {
        let waiting = pending
        pending.removeAll()
        for (delivery, count) in waiting {
            var failures: [IndexedFailure]
            if told[delivery.slot, default: 0] > delivery.heard {
                failures = (0..<count).map { IndexedFailure($0, Failure(.untried, "unheard")) }
            } else {
                failures = sink.write(delivery, count)
                if failures.contains(where: { $0.failure.kind != .untried }) { told[delivery.slot, default: 0] += 1 }
            }
            reports.append(
                SinkReport(
                    sink: index, slot: delivery.slot, epoch: delivery.epoch,
                    .done(delivery: delivery.number, failures: failures)))
        }
        for (slot, epoch) in full {
            reports.append(SinkReport(sink: index, slot: slot, epoch: epoch, .room))
        }
        full.removeAll()
        // What was submitted in this turn of the lane is answered in the next one.
        return waiting.isEmpty ? nil : now
    }
}
