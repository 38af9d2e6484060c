import Millrace

extension ShardMachine {
    /// The shard is ours. A stage that was ahead keeps its lead; what an optional one had not got yet is reported (F19).
    mutating func assign(epoch: Int, checkpoint: Position, cursors: [Cursor?], _ turn: inout Turn) {
        guard epoch > self.epoch else { return }
        if state != .closed { close(&turn) }
        self.epoch = epoch
        state = .running
        position = checkpoint
        self.checkpoint = checkpoint
        letters.removeAll()
        batches = HeldBatches(from: checkpoint)
        hasNews = false
        reason = nil
        for index in stages.indices {
            let saved = index < cursors.count ? cursors[index] : nil
            let low = saved?.low ?? checkpoint
            let cursor = Cursor(low: max(low, checkpoint), done: saved?.done ?? [])
            stages[index] = stages[index].renewed(cursor: cursor)
            if low < checkpoint, !stages[index].spec.isRequired {
                turn.act(.abandoned(StageID(index), low..<checkpoint, count: nil))
            }
        }
    }

    /// The shard is to be handed back: what waits is returned at once, what is in flight may end.
    mutating func revoke(until deadline: Milliseconds, _ turn: inout Turn) {
        state = .revoking
        for stage in stages.indices {
            stages[stage].books.returned += emptyQueue(stage)
        }
        for (key, dispatch) in letters where !dispatch.isSent { giveUp(key) }
        setDeadline(deadline, &turn)
    }

    /// Nothing more is read; retries, letters and all go on.
    mutating func drain(until deadline: Milliseconds, _ turn: inout Turn) {
        guard state == .running else { return }
        state = .draining
        setDeadline(deadline, &turn)
    }

    private mutating func setDeadline(_ deadline: Milliseconds, _ turn: inout Turn) {
        self.deadline = deadline
        turn.act(.schedule(.deadline, after: max(0, deadline - turn.now)))
    }

    /// Takes all pieces out of the queue; the number of their records.
    mutating func emptyQueue(_ stage: Int) -> Int {
        let queue = stages[stage].queue
        for index in 0..<queue.count {
            batches.drop(queue[index].batch, isRequired: stages[stage].spec.isRequired)
        }
        stages[stage].queue = PieceQueue()
        return queue.records
    }

    /// Flushes stages to which nothing more will be submitted (F17), and closes when nothing is left.
    mutating func finish(_ turn: inout Turn) {
        var isBusy = !letters.isEmpty
        for stage in stages.indices {
            let isIdle = stages[stage].queue.isEmpty && stages[stage].flight.isEmpty
            if isIdle, !stages[stage].owned.isEmpty, !stages[stage].isFlushed {
                stages[stage].isFlushed = true
                turn.act(.flush(StageID(stage), deadline: deadline))
            }
            isBusy = isBusy || !isIdle || !stages[stage].owned.isEmpty
        }
        if !isBusy { close(&turn) }
    }

    /// Ends the epoch; what is left of it is returned, for the next owner to read.
    mutating func close(_ turn: inout Turn) {
        for index in stages.indices {
            let stage = stages[index]
            if !stage.flight.isEmpty || !stage.owned.isEmpty { turn.act(.abandon(StageID(index))) }
            if stage.flight.contains(where: { $0.piece.isProbe }) {
                // Or no shard would ever probe again: this one's answer will carry an old epoch (F13).
                turn.domains[stage.spec.domain].breaker.giveBack(shard)
                turn.act(.tell(domain: stage.spec.domain, .halfOpen))
            }
            stages[index].books.returned += stage.pendingRecords + stage.ownedRecords
            stages[index].queue = PieceQueue()
            stages[index].flight = []
            stages[index].owned = []
        }
        for key in letters.keys { giveUp(key) }
        batches.releaseAll { turn.act($0) }
        state = .closed
        reason = nil
        turn.act(.closed(checkpoint: checkpoint))
    }

    /// Holds a stage, or the shard, or lets go of it.
    mutating func hold(_ stage: StageID?, _ isPaused: Bool) {
        if let stage {
            stages[stage.index].isPaused = isPaused
        } else {
            self.isPaused = isPaused
        }
    }
}
