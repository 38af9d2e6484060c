/// Makes the plan of a failing run smaller while it still breaks the same invariant.
package enum Shrinking {
    package static func smallest(_ plan: Plan, breaking invariant: Int) -> Plan {
        var best = plan
        var isSmaller = true

        func accept(_ change: (inout Plan) -> Void) {
            var candidate = best
            change(&candidate)
            guard candidate.isSound, World(candidate).run()?.invariant == invariant else { return }
            best = candidate
            isSmaller = true
        }
        while isSmaller {
            isSmaller = false
            var size = best.faults.count
            while size > 0 {
                for start in stride(from: 0, to: best.faults.count, by: size).reversed() {
                    accept { $0.faults.removeSubrange(start..<min(start + size, $0.faults.count)) }
                }
                size /= 2
            }
            if best.shards > 1 { accept { $0.shards -= 1 } }
            if best.workers > 1 { accept { $0.workers -= 1 } }
            if best.sinks.count > 1 {
                accept {
                    $0.sinks.removeLast()
                    $0.domains = min($0.domains, $0.sinks.count)
                }
            }
            if best.offsets > 1 {
                accept { $0.offsets /= 2 }
                accept { $0.offsets -= 1 }
            }
            if best.batch > 1 { accept { $0.batch -= 1 } }
            for key: WritableKeyPath<Plan, Int> in [
                \.flaky, \.ambiguous, \.flakyLetters, \.holes, \.aggregates, \.dead, \.large,
            ] where best[keyPath: key] > 0 {
                accept { $0[keyPath: key] = 0 }
            }
            for sink in best.sinks.indices {
                if best.sinks[sink].bad > 0 { accept { $0.sinks[sink].bad = 0 } }
                if best.sinks[sink].filtered > 0 { accept { $0.sinks[sink].filtered = 0 } }
            }
        }
        return best
    }
}

extension Plan {
    /// Whether everything that the faults speak of is there.
    fileprivate var isSound: Bool {
        faults.allSatisfy { fault in
            switch fault.kind {
            case .outage(let sink, _, _), .full(let sink, _): sink < sinks.count
            case .loss(let sink, let shard), .resolve(let shard, let sink, _): sink < sinks.count && shard < shards
            case .revoke(let shard, _, let to), .lose(let shard, _, let to), .drain(let shard, _, let to):
                shard < shards && to < workers
            case .pause(let shard, let sink, _): shard < shards && sink ?? 0 < sinks.count
            case .reassign(let shard), .skip(let shard, _), .retention(let shard, _), .overrun(let shard, _):
                shard < shards
            case .crash(let worker, _): worker < workers
            case .letters, .clock: true
            }
        }
    }
}
