import Millrace
import MillraceCommand
import MillraceConfig
import MillraceEngine
import Platform

/// The whole engine without a broker: records that lie in memory, base64 → filter → project, a sink that has everything.
enum PipelineBench {
    /// The config of the README's figures.
    static let config = """
        name: bench
        source: { kafka: { brokers: "localhost:9092", topics: [in], group: bench } }
        decode: base64
        transforms:
          - filter: { value: [{ numeric: [">=", 250] }] }
          - project: { id: event_id, ts: ts, uid: user.id, v: value }
        sinks: { out: { stdout: {} } }
        dead_letter: park
        """

    /// Runs `total` records of about `size` bytes over 4 shards and one lane, in batches of `batch`; answers the CPU
    /// seconds of the process.
    static func run(total: Int, size: Int, batch: Int) throws -> Double {
        let loaded = ConfigLoader(registry: .standard, variables: nil).load(Array(config.utf8), path: "bench.yaml")
        guard let config = loaded.config else { throw MillraceError(.config, "\(loaded.issues)") }
        let records = Records(size: size)
        let source = LoopSource(records, partitions: 4, total: total)
        var plan = PipelinePlan(
            name: "bench", group: "bench",
            sinks: [PipelinePlan.SinkPlan(name: "out", sink: NullSink())], deadLetters: .park)
        plan.decode = config.decode.make()
        plan.transforms = config.transforms.map(\.transform)
        plan.commitInterval = 10
        plan.batch = PipelinePlan.BatchLimits(records: batch, bytes: 1 << 30)
        let engine = try Engine(plan, source: source, observer: Deaf(), notes: Deaf())
        let begin = Process.times()
        source.start(engine)
        guard source.waitForEnd() else { throw MillraceError(.unavailable, "the records did not come to their end") }
        let end = Process.times()
        engine.drain(deadline: MonotonicClock.milliseconds() + 5_000)
        engine.stop()
        return Double(end.user + end.system - begin.user - begin.system) / 1e9
    }
}

/// Hears nothing.
private struct Deaf: Observer, NoteTaker {
    func observe(_ event: WorkerEvent) {}
    func note(_ note: Note) {}
}
