import Millrace
import MillraceConfig
import MillraceEngine
import Platform

/// Makes what a config names: the source, the sinks, the writer of dead letters, and the plan over them.
public struct PlanBuilder {
    let config: PipelineConfig
    let notes: any NoteTaker
    private let stateFolder: String?

    /// A maker of what `config` names.
    /// - Parameter stateFolder: where it is kept what the process had in hand when it died; nil: nowhere.
    public init(config: PipelineConfig, notes: any NoteTaker, stateFolder: String? = nil) {
        self.config = config
        self.stateFolder = stateFolder
        self.notes = notes
    }

    /// What was made.
    struct Parts {
        let plan: PipelinePlan
        let source: any Source
        let letters: (any DeadLetterWriter)?
    }

    /// The memory of each part.
    public var memory: MemorySplit { MemorySplit(memory: config.limits.memory) }

    /// The number of lanes: all cores but one, for librdkafka's own threads.
    static var lanes: Int { max(1, Process.usableCores - 1) }

    /// Makes everything. Touches files, waits for no network.
    func make() throws(MillraceError) -> Parts {
        let letters = try makeLetters()
        let marker = makeMarker()
        let source = try config.source.kind.make(config.source.options, sourceContext)
        var sinks: [PipelinePlan.SinkPlan] = []
        for (index, sink) in config.sinks.enumerated() { sinks.append(try make(sink, index)) }
        var plan = plan(sinks, letters)
        plan.crashMarker = marker
        return Parts(plan: plan, source: source, letters: letters)
    }

    /// What finds records that the process dies of; without a place for it the worker runs all the same.
    private func makeMarker() -> CrashMarker? {
        guard let stateFolder else { return nil }
        do throws(MillraceError) { return try CrashMarker(folder: stateFolder, name: config.name) } catch {
            notes.note(Note(.warn, "crash-marker", [("error", error.message), ("fix", error.remedy ?? "-")]))
            return nil
        }
    }

    /// The writer of dead letters; nil where they park.
    public func makeLetters() throws(MillraceError) -> (any DeadLetterWriter)? {
        guard case .write(let options) = config.deadLetter else { return nil }
        return try config.source.kind.makeDeadLetterWriter(options, source: config.source.options, sourceContext)
    }

    /// A plan over these sinks, with everything else as the config has it.
    public func plan(
        _ sinks: [PipelinePlan.SinkPlan], _ letters: (any DeadLetterWriter)?
    ) -> PipelinePlan {
        var plan = PipelinePlan(
            name: config.name, group: config.group, sinks: sinks,
            deadLetters: letters.map { .write($0) } ?? .park)
        plan.batch = PipelinePlan.BatchLimits(
            records: config.batch.records, bytes: config.batch.bytes, window: config.batch.window)
        plan.decode = config.decode.make()
        plan.transforms = config.transforms.compactMap(\.transform)
        plan.unwitnessed = config.unwitnessed
        plan.expire = config.expire
        if case .write(let options) = config.deadLetter {
            plan.waitsWithOversize = options.string("oversize") == "wait"
        }
        plan.batchMemory = memory.batches
        plan.commitInterval = config.commitInterval
        plan.parksOnGap = config.parksOnGap
        plan.lanes = PlanBuilder.lanes
        return plan
    }

    private var sourceContext: SourceContext {
        SourceContext(
            pipeline: config.name, memory: memory.prefetch, batchRecords: config.batch.records,
            revoke: config.limits.revoke, notes: notes)
    }

    /// A sink of the config, at place `index` of the plan's, and what belongs to it.
    /// - Parameters:
    ///   - replacement: stands in for the sink; nil makes the real one.
    ///   - options: what it is made with; nil for what the config says.
    public func make(
        _ sink: PipelineConfig.Sink, _ index: Int, replacement: (any Sink)? = nil, options: Options? = nil
    ) throws(MillraceError) -> PipelinePlan.SinkPlan {
        let context = SinkContext(
            pipeline: config.name, name: sink.name, index: index, source: config.source.options,
            memory: memory.sinks / config.sinks.count, batchRecords: config.batch.records,
            revoke: config.limits.revoke, notes: notes)
        let made: any Sink
        if let replacement { made = replacement } else { made = try sink.kind.make(options ?? sink.options, context) }
        return PipelinePlan.SinkPlan(
            name: sink.name, sink: made, isRequired: sink.isRequired,
            maxLag: sink.maxLag, when: sink.when, transforms: sink.transforms.compactMap(\.transform),
            retry: PipelinePlan.Retry(
                maxAttempts: sink.retry.maxAttempts, baseDelay: sink.retry.baseDelay, maxDelay: sink.retry.maxDelay,
                maxAge: sink.retry.maxAge),
            failureThreshold: sink.breaker.failureThreshold, recoveryTimeout: sink.breaker.recoveryTimeout)
    }
}
