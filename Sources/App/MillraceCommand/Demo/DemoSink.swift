import KafkaConnector
import Millrace

/// The Kafka sink of the demo: the real one, behind something that can be switched off. An outage of the whole broker would
/// take the source away as well.
struct DemoSinkKind: SinkKind {
    private let base = KafkaSinkKind()
    private let trouble: DemoTrouble

    init(_ trouble: DemoTrouble) { self.trouble = trouble }

    var name: String { base.name }
    var meaning: String { base.meaning }
    var keys: [Key] { base.keys }

    func check(_ options: Options, _ context: CheckContext) -> [ConfigIssue] { base.check(options, context) }

    func probe(_ options: Options, _ context: CheckContext, timeout: Int64) -> Readiness {
        base.probe(options, context, timeout: timeout)
    }

    func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink {
        DemoSink(try base.make(options, context), trouble)
    }
}

/// Hands everything to the Kafka sink, unless there is trouble.
private final class DemoSink: Sink {
    private let base: any Sink
    private let trouble: DemoTrouble

    init(_ base: any Sink, _ trouble: DemoTrouble) {
        self.base = base
        self.trouble = trouble
    }

    /// One delivery of a shard at a time: so the machine has heard of every failure when it sends the next, and nothing
    /// can overtake what failed here.
    var ordering: SinkOrdering { .ordered }
    var takesTombstones: Bool { base.takesTombstones }

    func open(_ lane: LaneContext) throws(MillraceError) -> any SinkLane {
        DemoSinkLane(try base.open(lane), lane, trouble)
    }

    func close() { base.close() }
}

/// One lane's end.
private final class DemoSinkLane: SinkLane {
    private let base: any SinkLane
    private let context: LaneContext
    private let trouble: DemoTrouble

    init(_ base: any SinkLane, _ context: LaneContext, _ trouble: DemoTrouble) {
        self.base = base
        self.context = context
        self.trouble = trouble
    }

    func submit(_ delivery: Delivery) -> Int {
        guard let failure = trouble.failure(of: delivery) else { return base.submit(delivery) }
        let failures = (0..<delivery.count).map { IndexedFailure($0, failure) }
        context.reporter.report(
            SinkReport(
                sink: context.sink, slot: delivery.slot, epoch: delivery.epoch,
                .done(delivery: delivery.number, failures: failures)))
        return delivery.count
    }

    func flush(shard: ShardID, slot: Int, epoch: Int, deadline: Int64) {
        base.flush(shard: shard, slot: slot, epoch: epoch, deadline: deadline)
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) { base.abandon(shard: shard, slot: slot, epoch: epoch) }

    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? { base.poll(now: now, &reports) }

    func forget(shard: ShardID, slot: Int, epoch: Int) { base.forget(shard: shard, slot: slot, epoch: epoch) }

    func close() { base.close() }
}
