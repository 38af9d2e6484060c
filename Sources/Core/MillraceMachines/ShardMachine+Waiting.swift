import Millrace

extension ShardMachine {
    /// Whether the shard wants to be read, were there memory for a batch. Not reading is the back-pressure.
    public var isReady: Bool {
        state == .running && !isPaused && parkedStage == nil
    }

    /// Whether news of a fault domain would change anything: something waits there, or failed and is asked again.
    public func waits(inDomain domain: Int) -> Bool {
        stages.indices.contains {
            stages[$0].spec.domain == domain && (!stages[$0].queue.isEmpty || stages[$0].flightHasFailed)
        }
    }

    private var parkedStage: StageID? {
        stages.indices.first { stages[$0].isParked && stages[$0].spec.isRequired }.map(StageID.init)
    }

    /// What a stage waits for. `domains` are those of the steps.
    public func wait(of stage: StageID, domains: [FaultDomain]) -> StageWait {
        stages[stage.index].wait(isShardPaused: isPaused, domains: domains)
    }

    /// What the shard waits for. `domains` are those of the steps.
    public func waiting(creditAvailable: Bool, domains: [FaultDomain]) -> WaitReason {
        guard state != .closed else { return .closed }
        if let parkedStage { return .parked(parkedStage) }
        var full: WaitReason?
        var first: (rank: Int, reason: WaitReason)?
        for index in stages.indices where stages[index].spec.isRequired {
            let candidate: (rank: Int, reason: WaitReason)
            switch wait(of: StageID(index), domains: domains) {
            case .paused: candidate = (0, .paused)
            case .deadLetters: candidate = (1, .deadLetters)
            case .suspectOutage: candidate = (2, .suspectOutage(StageID(index)))
            case .breaker: candidate = (3, .breaker(StageID(index)))
            case .retry: candidate = (4, .retry(StageID(index)))
            case .full:
                full = full ?? .full(StageID(index))
                continue
            case .parked, .sink, .order, .durable, .nothing: continue
            }
            if candidate.rank < first?.rank ?? .max { first = candidate }
        }
        if let first { return first.reason }
        if stages.indices.contains(where: { stages[$0].spec.isRequired && stages[$0].awaitedLetters > 0 }) {
            return .deadLetters
        }
        if let full { return full }
        if state != .running { return .drain }
        // One batch a shard is guaranteed, and credit may have come back in this step.
        return creditAvailable || batches.count == 0 ? .input : .credit
    }
}

extension Stage {
    fileprivate func wait(isShardPaused: Bool, domains: [FaultDomain]) -> StageWait {
        if isParked { return .parked }
        if isPaused || isShardPaused { return .paused }
        if letters > 0 { return .deadLetters }
        if isSuspected { return .suspectOutage }
        if isHeld || queue.retrying > 0 { return .retry }
        if !flight.isEmpty { return .sink }
        if isFull { return .full }
        if !queue.isEmpty { return domains[spec.domain].breaker.state == .closed ? .order : .breaker }
        return owned.isEmpty ? .nothing : .durable
    }
}
