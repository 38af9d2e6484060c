import Kafka
import Millrace
import Platform

/// Writes to a Kafka topic: a producer for each lane, and one thread that asks, connects and disconnects for all of them.
final class KafkaSink: Sink {
    private let settings: SinkSettings
    private let keeper: SinkKeeper
    private let budget: SinkBudget

    /// Connects to nothing yet. Throws for a configuration that does not hold together, such as a missing certificate.
    init(_ settings: SinkSettings, notes: any NoteTaker) throws(MillraceError) {
        self.settings = settings
        budget = SinkBudget(limit: settings.memory)
        let bootstrap = try settings.client.bootstrap(topics: [settings.topic])
        keeper = try SinkKeeper(settings, bootstrap: bootstrap, notes: notes)
    }

    var ordering: SinkOrdering { .pipelined(settings.window) }

    var takesTombstones: Bool { true }

    func open(_ lane: LaneContext) throws(MillraceError) -> any SinkLane {
        KafkaSinkLane(settings, lane, keeper, budget)
    }

    func close() { keeper.close() }
}
