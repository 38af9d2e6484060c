import Millrace

/// Where the reports of a shard and epoch go.
struct Address: Sendable {
    let reporter: any SinkReporter
    let sink: Int
    let slot: Int
    let epoch: Int
    let shard: ShardID

    func report(_ outcome: SinkOutcome) {
        reporter.report(SinkReport(sink: sink, slot: slot, epoch: epoch, outcome))
    }
}
