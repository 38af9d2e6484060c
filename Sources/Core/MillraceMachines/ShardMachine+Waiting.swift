import Millrace

// MARK: - What is safe and what is free

extension ShardMachine {
    mutating func release(_ turn: inout Turn) {
        guard batches.hasIdle else { return }
        let (stages, letters) = (stages, letters)

        func isNeeded(_ span: Range<Position>) -> Bool {
            letters.keys.contains { span.contains($0.record.start) }
                || stages.contains { $0.spec.isRequired && $0.hasPending(in: span) }
        }
        batches.release(unless: isNeeded) { turn.act($0) }
    }

    mutating func advance(_ turn: inout Turn) {
        var low: Position?
        for index in stages.indices where stages[index].spec.isRequired {
            low = min(low ?? stages[index].cursor.low, stages[index].cursor.low)
        }
        checkpoint = max(checkpoint, low ?? checkpoint)
        if hasNews {
            hasNews = false
            turn.act(.advance)
        }
    }
}

extension Stage {
    func wait(isShardPaused: Bool, domains: [FaultDomain]) -> StageWait {
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

    /// Whether a record of `span` waits or flies, also one that is read again.
    fileprivate func hasPending(in span: Range<Position>) -> Bool {
        func meets(_ run: RecordRun) -> Bool {
            let index = run.firstIndex(notBefore: RecordID(offset: span.lowerBound.offset, sub: span.lowerBound.sub))
            return index < run.endIndex && run[index].start < span.upperBound
        }
        return flight.contains { meets($0.piece.records) } || (0..<queue.count).contains { meets(queue[$0].records) }
    }
}

// MARK: - What is waited for

extension ShardMachine {
    /// Whether the shard wants to be read, were there memory for a batch. Not reading is the back-pressure.
    public var isReady: Bool {
        state == .running && !isPaused && parkedStage == nil
    }

    /// Batches whose credit is in use.
    public var heldBatches: Int { batches.count }

    /// How far every stage is, by index: what to commit beside the checkpoint. Makes an array; ask when you commit.
    public var cursors: [Cursor] { stages.map(\.cursor) }

    /// How far a stage is.
    public func cursor(of stage: StageID) -> Cursor { stages[stage.index].cursor }

    /// What became of the records of a stage; they balance.
    public func books(of stage: StageID) -> Books {
        let stage = stages[stage.index]
        var books = stage.books
        books.inFlight = stage.pendingRecords + stage.ownedRecords + stage.awaitedLetters
        return books
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
        return creditAvailable ? .input : .credit
    }
}
