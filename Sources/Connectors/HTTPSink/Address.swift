import Millrace

/// Where the reports of a shard and epoch go.
struct Address: Sendable {
    let reporter: any SinkReporter
    let lane: Int
    let sink: Int
    let slot: Int
    let epoch: Int

    func report(_ outcome: SinkOutcome) {
        reporter.report(SinkReport(sink: sink, slot: slot, epoch: epoch, outcome))
    }

    func isSame(as other: Address) -> Bool { lane == other.lane && slot == other.slot && epoch == other.epoch }
}
