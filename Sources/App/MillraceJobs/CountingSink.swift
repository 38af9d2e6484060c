import Millrace
import Platform
import Synchronization

/// A sink of a dry run: takes everything at once, keeps nothing, counts.
final class CountingSink: Sink {
    /// Bytes of the payloads that would have been delivered.
    let bytes = Atomic<Int>(0)
    let ordering = SinkOrdering.ordered
    let takesTombstones: Bool

    /// A sink that stands in for one which has a form for tombstones, or not.
    init(takesTombstones: Bool) { self.takesTombstones = takesTombstones }

    func open(_ lane: LaneContext) throws(MillraceError) -> any SinkLane { Counter(lane, self) }

    func close() {}
}

/// One lane's end of it.
private final class Counter: SinkLane {
    private let lane: LaneContext
    private let sink: CountingSink

    init(_ lane: LaneContext, _ sink: CountingSink) {
        self.lane = lane
        self.sink = sink
    }

    func submit(_ delivery: Delivery) -> Int {
        var sum = 0
        for record in 0..<delivery.count { sum += delivery[record].payloadCount }
        sink.bytes.add(sum, ordering: .relaxed)
        lane.reporter.report(
            SinkReport(
                sink: lane.sink, slot: delivery.slot, epoch: delivery.epoch,
                .done(delivery: delivery.number, failures: [])))
        return delivery.count
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) {}

    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? { nil }

    func close() {}
}

/// The dead letters of a dry run: none is written, like ones are counted.
final class CountingLetters: DeadLetterWriter {
    /// What is alike in letters.
    struct Kind: Hashable {
        let stage: String
        let reason: String
        let fingerprint: String
    }

    /// How many there are of a kind, and the error of the first.
    struct Count {
        var count = 0
        var error = ""
    }

    private let kinds = Locked<[Kind: Count]>([:])

    /// What was counted so far.
    var counts: [Kind: Count] { kinds.withLock { $0 } }

    func write(_ letter: DeadLetter, _ reply: @escaping @Sendable (DeadLetterOutcome) -> Void) {
        let kind = Kind(stage: letter.stage, reason: letter.reason.rawValue, fingerprint: letter.fingerprint)
        kinds.withLock { kinds in
            kinds[kind, default: Count(error: letter.error)].count += 1
        }
        reply(.written(place: "nowhere"))
    }

    func close(deadline: Int64) {}
}
