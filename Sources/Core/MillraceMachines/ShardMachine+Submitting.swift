import Millrace

extension ShardMachine {
    /// Submits what may be submitted at a stage. Submission order is delivery order.
    mutating func pump(_ stage: Int, _ turn: inout Turn) {
        guard state != .revoking, !isPaused, stages[stage].maySubmit else { return }
        if stages[stage].spec.keepsOrder { pumpInOrder(stage, &turn) } else { pumpInAnyOrder(stage, &turn) }
    }

    /// After a failure nothing later is submitted until it is resolved, and resolved means safe, in the stage or in the DLQ
    /// (F4); then one piece at a time.
    private mutating func pumpInOrder(_ stage: Int, _ turn: inout Turn) {
        guard stages[stage].letters == 0 else { return }
        let window = stages[stage].isInTrouble ? 1 : stages[stage].spec.window
        while stages[stage].flight.count < window, let piece = stages[stage].queue.first, piece.state == .ready {
            guard submit(at: 0, stage, &turn) else { return }
        }
    }

    /// Only what failed waits; the rest goes on.
    private mutating func pumpInAnyOrder(_ stage: Int, _ turn: inout Turn) {
        var index = 0
        while stages[stage].flight.count < stages[stage].spec.window, stages[stage].queue.ready > 0 {
            if stages[stage].queue[index].state != .ready {
                index += 1
            } else if !submit(at: index, stage, &turn) {
                return
            }
        }
    }

    /// Submits a piece of the queue, if the breaker lets it.
    private mutating func submit(at index: Int, _ stage: Int, _ turn: inout Turn) -> Bool {
        let domain = stages[stage].spec.domain
        guard turn.domains[domain].breaker.admit(shard) else { return false }
        var piece = stages[stage].queue.remove(at: index)
        piece.isProbe = turn.domains[domain].breaker.state == .halfOpen
        piece.tries += 1
        piece.isArmed = piece.isWitnessed
        stages[stage].deliveries += 1
        let delivery = stages[stage].deliveries
        let serial = turn.domains[domain].submit()
        turn.act(
            .submit(
                Submission(
                    stage: StageID(stage), delivery: delivery, batch: piece.batch, records: piece.records,
                    attempt: piece.tries, isProbe: piece.isProbe, heard: stages[stage].heard)))
        stages[stage].flight.append(Stage.Flight(delivery: delivery, serial: serial, piece: piece))
        return true
    }

    /// The stage took the first records of a delivery and nothing behind: what it did not take was no attempt, and goes
    /// back in its place, to be tried first when there is room (F9).
    mutating func fill(_ stage: Int, delivery: Int, taken: Int, _ turn: inout Turn) {
        while let last = stages[stage].flight.last, last.delivery > delivery {
            putBack(stage, &turn)
        }
        if let last = stages[stage].flight.last, last.delivery == delivery {
            if taken <= 0 { putBack(stage, &turn) } else { cut(stage, taken: taken) }
        }
        stages[stage].isFull = true
    }

    /// The latest delivery was not made.
    private mutating func putBack(_ stage: Int, _ turn: inout Turn) {
        let index = stages[stage].flight.count - 1
        var piece = land(at: index, stage).piece
        giveBackPermit(of: piece, stage, &turn)
        piece.tries -= 1
        piece.isProbe = false
        enqueue(piece, stage)
    }

    /// Of the latest delivery only the first records were taken: the others are a delivery of their own.
    private mutating func cut(_ stage: Int, taken: Int) {
        let index = stages[stage].flight.count - 1
        let whole = stages[stage].flight[index].piece
        guard taken < whole.records.count else { return }
        let cut = whole.records.startIndex + taken
        var rest = whole
        rest.records = whole.records[cut...]
        rest.weight = whole.share(of: rest.records.count)
        rest.tries -= 1
        rest.isProbe = false
        stages[stage].flight[index].piece.records = whole.records[..<cut]
        stages[stage].flight[index].piece.weight = whole.weight - rest.weight
        enqueue(rest, stage)
    }

    /// An optional stage that lags too far is given up on its oldest pieces.
    mutating func shed(_ stage: Int, _ turn: inout Turn) {
        guard !stages[stage].spec.isRequired, let maxLag = stages[stage].spec.maxLag else { return }
        while !stages[stage].queue.isEmpty, stages[stage].pendingWeight > maxLag {
            let piece = dequeue(at: 0, stage)
            cover(piece.records, stage)
            stages[stage].books.abandoned += piece.records.count
            turn.act(.abandoned(StageID(stage), piece.records.extent, count: piece.records.count))
        }
    }

    /// The stage is done with these records.
    mutating func cover(_ records: RecordRun, _ stage: Int) {
        if stages[stage].cursor.add(records) { hasNews = true }
    }
}
