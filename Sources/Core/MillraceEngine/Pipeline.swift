import Millrace
import MillraceMachines

/// A plan as the lanes run it: chains numbered by stage, and the machines' view of the sinks. Immutable.
struct Pipeline: Sendable {
    /// What a sink does with the shared records before they are its own.
    struct SinkChain: Sendable {
        let chain: Chain
        /// Whether records without a payload are filtered for this sink.
        let dropsTombstones: Bool
        /// Whether the weight of what waits is counted.
        let isWeighed: Bool
    }

    let plan: PipelinePlan
    let shared: Chain
    let sinks: [SinkChain]
    let stageNames: StageNames
    let stages: [StageSpec]
    let sinkNames: [String]

    init(_ plan: PipelinePlan) {
        self.plan = plan
        var names = StageNames()
        var steps: [Chain.Step] = []
        let decode = names.add("decode")
        if let transform = plan.decode { steps.append(Chain.Step(transform: transform, stage: decode)) }
        var number = 1
        for transform in plan.transforms {
            let first = names.add("transform:\(number)")
            for extra in 1..<max(1, transform.steps) { _ = names.add("transform:\(number + extra)") }
            steps.append(Chain.Step(transform: transform, stage: first))
            number += transform.steps
        }
        shared = Chain(steps: steps, canEmitSeveral: true)
        var sinks: [SinkChain] = []
        for sink in plan.sinks {
            var own: [Chain.Step] = []
            if let when = sink.when {
                own.append(Chain.Step(transform: when, stage: names.add("sink:\(sink.name)/when")))
            }
            var number = 1
            for transform in sink.transforms {
                let first = names.add("sink:\(sink.name)/transform:\(number)")
                for extra in 1..<max(1, transform.steps) {
                    _ = names.add("sink:\(sink.name)/transform:\(number + extra)")
                }
                own.append(Chain.Step(transform: transform, stage: first))
                number += transform.steps
            }
            sinks.append(
                SinkChain(
                    chain: Chain(steps: own, canEmitSeveral: false), dropsTombstones: !sink.sink.takesTombstones,
                    isWeighed: !sink.isRequired && sink.maxLag != nil))
        }
        self.sinks = sinks
        stageNames = names
        sinkNames = plan.sinks.map(\.name)
        stages = plan.sinks.enumerated().map { index, sink in
            StageSpec(
                name: sink.name, isRequired: sink.isRequired, mode: Pipeline.mode(sink.sink.ordering),
                maxLag: sink.maxLag, domain: index, retry: Pipeline.retry(sink.retry))
        }
    }

    private static func mode(_ ordering: SinkOrdering) -> StageSpec.Mode {
        switch ordering {
        case .ordered: .ordered
        case .pipelined(let window): .pipelined(window)
        case .unordered(let window): .unordered(window)
        }
    }

    private static func retry(_ retry: PipelinePlan.Retry) -> RetryPolicy {
        RetryPolicy(
            maxAttempts: retry.maxAttempts, baseDelay: retry.baseDelay, maxDelay: retry.maxDelay, maxAge: retry.maxAge)
    }

    /// The reason that a dead letter of the pure stage has.
    func reason(of stage: Int) -> DeadLetter.Reason { stage == 0 ? .decode : .transform }

    /// Fault domains that nothing is known of, one a sink.
    func freshDomains() -> [FaultDomain] {
        plan.sinks.map { sink in
            FaultDomain(
                failureThreshold: sink.failureThreshold, recoveryTimeout: sink.recoveryTimeout,
                unwitnessed: plan.unwitnessed)
        }
    }
}
