import Millrace
import MillraceConfig
import MillraceEngine
import Platform

/// Makes what a config names: the source, the sinks, the writer of dead letters, and the plan over them.
struct PlanBuilder {
    let config: PipelineConfig
    let notes: any NoteTaker

    /// What was made.
    struct Parts {
        let plan: PipelinePlan
        let source: any Source
        let letters: (any DeadLetterWriter)?
    }

    /// The memory of each part.
    var memory: MemorySplit { MemorySplit(memory: config.limits.memory) }

    /// The number of lanes: all cores but one, for librdkafka's own threads.
    static var lanes: Int { max(1, Process.usableCores - 1) }

    /// Makes everything. Touches files, waits for no network.
    func make() throws(MillraceError) -> Parts {
        let context = SourceContext(
            pipeline: config.name, memory: memory.prefetch, batchRecords: config.batch.records,
            revoke: config.limits.revoke, notes: notes)
        var letters: (any DeadLetterWriter)?
        if case .write(let options) = config.deadLetter {
            letters = try config.source.kind.makeDeadLetterWriter(options, source: config.source.options, context)
        }
        let source = try config.source.kind.make(config.source.options, context)
        var sinks: [PipelinePlan.SinkPlan] = []
        for (index, sink) in config.sinks.enumerated() { sinks.append(try make(sink, index)) }
        var plan = PipelinePlan(
            name: config.name, group: config.group, sinks: sinks,
            deadLetters: letters.map { .write($0) } ?? .park)
        plan.batch = PipelinePlan.BatchLimits(
            records: config.batch.records, bytes: config.batch.bytes, window: config.batch.window)
        plan.decode = config.decode.make()
        plan.transforms = config.transforms.compactMap(\.transform)
        plan.unwitnessed = config.unwitnessed
        plan.batchMemory = memory.batches
        plan.commitInterval = config.commitInterval
        plan.parksOnGap = config.parksOnGap
        plan.lanes = PlanBuilder.lanes
        return Parts(plan: plan, source: source, letters: letters)
    }

    private func make(_ sink: PipelineConfig.Sink, _ index: Int) throws(MillraceError) -> PipelinePlan.SinkPlan {
        let context = SinkContext(
            pipeline: config.name, name: sink.name, index: index, source: config.source.options,
            memory: memory.sinks / config.sinks.count, revoke: config.limits.revoke, notes: notes)
        return PipelinePlan.SinkPlan(
            name: sink.name, sink: try sink.kind.make(sink.options, context), isRequired: sink.isRequired,
            maxLag: sink.maxLag, when: sink.when, transforms: sink.transforms.compactMap(\.transform),
            retry: PipelinePlan.Retry(
                maxAttempts: sink.retry.maxAttempts, baseDelay: sink.retry.baseDelay, maxDelay: sink.retry.maxDelay,
                maxAge: sink.retry.maxAge),
            failureThreshold: sink.breaker.failureThreshold, recoveryTimeout: sink.breaker.recoveryTimeout)
    }
}
