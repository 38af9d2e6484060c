import Millrace

// MARK: - What is safe and what is free

extension ShardMachine {
    mutating func release(_ turn: inout Turn) {
        let (stages, letters) = (stages, letters)

        func isNeeded(_ span: Range<Position>) -> Bool {
            letters.keys.contains { span.contains($0.record.start) }
                || stages.contains { $0.spec.isRequired && $0.hasPending(in: span) }
        }
        batches.release(unless: isNeeded) { turn.act($0) }
    }

    mutating func advance(_ turn: inout Turn) {
        let low = stages.lazy.filter(\.spec.isRequired).map(\.cursor.low).min() ?? checkpoint
        checkpoint = max(checkpoint, low)
        if hasNews {
            hasNews = false
            turn.act(.advance)
        }
    }
}

extension Stage {
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
        stages.contains { stage in
            stage.spec.domain == domain && (!stage.queue.isEmpty || stage.flight.contains { $0.piece.hasFailed })
        }
    }

    private var parkedStage: StageID? {
        stages.first { $0.isParked && $0.spec.isRequired }?.id
    }

    /// What a stage waits for. `domains` are those of the steps.
    public func wait(of stage: StageID, domains: [FaultDomain]) -> StageWait {
        let stage = stages[stage.index]
        if stage.isParked { return .parked }
        if stage.isPaused || isPaused { return .paused }
        if stage.letters > 0 { return .deadLetters }
        if stage.isSuspected { return .suspectOutage }
        if stage.isHeld || stage.queue.retrying > 0 { return .retry }
        if !stage.flight.isEmpty { return .sink }
        if stage.isFull { return .full }
        if !stage.queue.isEmpty { return domains[stage.spec.domain].breaker.state == .closed ? .order : .breaker }
        return stage.owned.isEmpty ? .nothing : .durable
    }

    /// What the shard waits for. `domains` are those of the steps.
    public func waiting(creditAvailable: Bool, domains: [FaultDomain]) -> WaitReason {
        guard state != .closed else { return .closed }
        if let parkedStage { return .parked(parkedStage) }
        var full: WaitReason?
        var first: (rank: Int, reason: WaitReason)?
        for stage in stages where stage.spec.isRequired {
            let candidate: (rank: Int, reason: WaitReason)
            switch wait(of: stage.id, domains: domains) {
            case .paused: candidate = (0, .paused)
            case .deadLetters: candidate = (1, .deadLetters)
            case .suspectOutage: candidate = (2, .suspectOutage(stage.id))
            case .breaker: candidate = (3, .breaker(stage.id))
            case .retry: candidate = (4, .retry(stage.id))
            case .full:
                full = full ?? .full(stage.id)
                continue
            case .parked, .sink, .order, .durable, .nothing: continue
            }
            if candidate.rank < first?.rank ?? .max { first = candidate }
        }
        if let first { return first.reason }
        if stages.contains(where: { $0.spec.isRequired && $0.awaitedLetters > 0 }) { return .deadLetters }
        if let full { return full }
        if state != .running { return .drain }
        return creditAvailable ? .input : .credit
    }
}
