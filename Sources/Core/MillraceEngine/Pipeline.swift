import Millrace
import MillraceMachines
import MillraceTransforms

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
        // Decoding is stage 0, also where there is none.
        if plan.decode == nil { _ = names.add("decode") }
        let first = plan.decode == nil ? 1 : 0
        let steps = Pipeline.steps((plan.decode.map { [$0] } ?? []) + plan.transforms, &names) { number in
            let number = number - 1 + first
            return number == 0 ? "decode" : "transform:\(number)"
        }
        shared = Chain(steps: steps, canEmitSeveral: true)
        var sinks: [SinkChain] = []
        for sink in plan.sinks {
            // `when` is stage 0 of a sink's own, so that it can share a reading with what follows.
            let own = (sink.when.map { [$0] } ?? []) + sink.transforms
            let first = sink.when == nil ? 1 : 0
            let steps = Pipeline.steps(own, &names) { number in
                let number = number - 1 + first
                return number == 0 ? "sink:\(sink.name)/when" : "sink:\(sink.name)/transform:\(number)"
            }
            sinks.append(
                SinkChain(
                    chain: Chain(steps: steps, canEmitSeveral: false), dropsTombstones: !sink.sink.takesTombstones,
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

    /// The steps of `transforms`, joined where one reading of a payload serves several; `name` says what the `n`th, from
    /// 1, is called in dead letters.
    private static func steps(
        _ transforms: [any Transform], _ names: inout StageNames, name: (Int) -> String
    ) -> [Chain.Step] {
        var number = 1
        return Fusion.fuse(transforms).map { transform in
            let first = names.add(name(number))
            for extra in 1..<max(1, transform.steps) { _ = names.add(name(number + extra)) }
            number += transform.steps
            return Chain.Step(transform: transform, stage: first)
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
