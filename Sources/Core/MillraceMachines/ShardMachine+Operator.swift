import Millrace

extension ShardMachine {
    /// Gives up a record that waits at stages, cut out of its piece; not one that is in flight (F23).
    mutating func skip(_ position: Position, reason: String, _ turn: inout Turn) {
        var isFound = false
        for stage in stages.indices {
            guard let (index, place) = waitingPiece(at: position, stage) else { continue }
            isFound = true
            let piece = dequeue(at: index, stage)
            for side in [piece.records[..<place], piece.records[(place + 1)...]] where !side.isEmpty {
                enqueue(piece.part(side), stage)
            }
            bury(piece.records[place], of: piece, stage, reason: .skipped, message: reason, &turn)
            stages[stage].isParked = false
        }
        if !isFound { turn.act(.refused(.skip, "no sink of this shard waits on that record")) }
    }

    /// The failed piece in a queue that has the record at `position`, and the record's place in it.
    private func waitingPiece(at position: Position, _ stage: Int) -> (index: Int, place: Int)? {
        let queue = stages[stage].queue
        for index in 0..<queue.count where queue[index].hasFailed {
            if let place = queue[index].records.index(at: position) { return (index, place) }
        }
        return nil
    }

    /// Decides about suspects, or un-parks. A decision on a suspect in flight waits for its answer (F26).
    mutating func resolve(_ stage: Int, _ decision: Decision, _ turn: inout Turn) {
        var isFound = stages[stage].isSuspected
        if stages[stage].isParked, decision == .retry {
            stages[stage].isParked = false
            isFound = true
        }
        switch decision {
        case .retry: askAgain(stage, now: turn.now)
        case .poison: giveUpSuspects(stage, &turn)
        }
        if !isFound { turn.act(.refused(.resolve, "nothing to decide at that sink")) }
    }

    /// The suspects of a stage are suspects no more, with a fresh quota.
    private mutating func askAgain(_ stage: Int, now: Milliseconds) {
        func acquit(_ piece: inout Piece) {
            guard piece.isSuspected else { return }
            piece.state = .ready
            piece.attempts = 0
            piece.since = now
            piece.isSuspected = false
        }
        for index in 0..<stages[stage].queue.count { stages[stage].queue.modify(at: index, acquit) }
        for index in stages[stage].flight.indices { acquit(&stages[stage].flight[index].piece) }
    }

    /// The suspects of a stage are at fault, and the operator vouches for the stage: until it delivers something,
    /// `rejected` needs no witness (F10).
    private mutating func giveUpSuspects(_ stage: Int, _ turn: inout Turn) {
        guard stages[stage].isSuspected else { return }
        stages[stage].isVouchedFor = true
        for index in stages[stage].flight.indices where stages[stage].flight[index].piece.isSuspected {
            stages[stage].flight[index].piece.isDoomed = true
        }
        var index = 0
        while stages[stage].queue.suspected > 0 {
            if stages[stage].queue[index].isSuspected {
                let piece = dequeue(at: index, stage)
                condemn(piece, stage, reason: piece.suspicion, &turn)
            } else {
                index += 1
            }
        }
    }
}
