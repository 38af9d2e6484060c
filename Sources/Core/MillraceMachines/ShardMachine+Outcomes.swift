import Millrace

extension ShardMachine {
    /// The stage owns the bytes: batch and credit are free. It proves nothing yet (F5), so it is no witness.
    mutating func accept(_ stage: Int, delivery: Int, _ turn: inout Turn) {
        guard let index = stages[stage].flightIndex(of: delivery) else { return }
        let flight = land(at: index, stage)
        if !flight.piece.isGone {
            let records = flight.piece.records
            stages[stage].owned.append(
                Stage.Owned(delivery: delivery, serial: flight.serial, accepted: records, records: records))
        }
        giveBackPermit(of: flight.piece, stage, &turn)
    }

    /// A delivery ended.
    mutating func end(_ stage: Int, delivery: Int, failures: [RecordFailure], _ turn: inout Turn) {
        if let index = stages[stage].ownedIndex(of: delivery) {
            disown(stage, at: index, failures: failures, &turn)
            return
        }
        guard let index = stages[stage].flightIndex(of: delivery) else { return }
        let flight = land(at: index, stage)
        if failures.contains(where: { $0.failure.kind != .untried }) { stages[stage].heard += 1 }
        guard !flight.piece.isGone else {
            giveBackPermit(of: flight.piece, stage, &turn)
            return
        }
        if failures.isEmpty {
            deliver(flight.piece.records, stage, serial: flight.serial, &turn)
        } else {
            fail(flight, stage, failures: failures.ascending, &turn)
        }
    }

    /// Of a delivery some records failed.
    private mutating func fail(
        _ flight: Stage.Flight, _ stage: Int, failures: [RecordFailure], _ turn: inout Turn
    ) {
        var piece = flight.piece
        if case .pipelined = stages[stage].spec.mode {
            // What flew behind it is answered before anything else is submitted (F25).
            for index in stages[stage].flight.indices { stages[stage].flight[index].piece.hasFailed = true }
        }
        let (delivered, runs) = Bisection.outcome(of: piece.records, failures: failures)
        let domain = stages[stage].spec.domain
        if runs.contains(where: { $0.kind != .untried }) {
            if piece.since == nil {
                piece.since = turn.now
                piece.born = turn.domains[domain].submits
            }
            turn.domains[domain].outdate()
            turn.act(.tell(domain: domain, .failed))
        }
        if delivered.isEmpty, !runs.contains(where: { $0.kind == .transient }) {
            giveBackPermit(of: piece, stage, &turn)  // it answered, but not whether it is up (F12)
        }
        let wasProbe = piece.isProbe
        piece.isProbe = false
        deliver(delivered, stage, serial: flight.serial, &turn)
        for run in runs {
            var part = piece
            if run.records.count < piece.records.count {
                part = piece.part(run.records)  // progress: its quota starts anew (F11)
                part.since = turn.now
                part.isWitnessed = part.isWitnessed || !delivered.isEmpty
            }
            part.hasFailed = true
            part.kind = run.kind
            part.message = run.failure.message
            part.isTooLarge = run.failure.isTooLarge
            for left in react(to: part, stage, wasProbe: wasProbe, inCall: !delivered.isEmpty, &turn) {
                putBack(left, stage)
            }
        }
    }

    /// What is left of a failed piece waits again; a revoke returns it.
    private mutating func putBack(_ piece: Piece, _ stage: Int) {
        if state == .revoking {
            stages[stage].books.returned += piece.records.count
        } else {
            enqueue(piece, stage)
        }
    }

    /// What a failure of its class does to a piece; the pieces that are left of it. `inCall`: the same call delivered
    /// other records.
    private mutating func react(
        to piece: Piece, _ stage: Int, wasProbe: Bool, inCall: Bool, _ turn: inout Turn
    ) -> [Piece] {
        switch piece.kind {
        case .poison:
            condemn(piece, stage, reason: piece.isTooLarge ? .tooLarge : .poison, &turn)
            return []
        case .fatal:
            stages[stage].isParked = true
            return [piece]
        case .rejected:
            return piece.isAlone ? judge(piece, stage, inCall: inCall, &turn) : Bisection.halves(of: piece)
        case .transient:
            return retry(piece, stage, wasProbe: wasProbe, inCall: inCall, &turn)
        case .untried, nil:
            return [piece]  // held back behind a failure: neither charged nor split (F8)
        }
    }

    /// Backs off, or past the limits cuts the piece in halves.
    private mutating func retry(
        _ piece: Piece, _ stage: Int, wasProbe: Bool, inCall: Bool, _ turn: inout Turn
    ) -> [Piece] {
        var piece = piece
        let (domain, policy) = (stages[stage].spec.domain, stages[stage].spec.retry)
        let root = CircuitBreaker.Root(shard: shard, stage: StageID(stage), first: piece.root)
        // What half worked is not down, and pieces of a split do not count; a probe always does.
        if !inCall, turn.domains[domain].breaker.fail(piece.isBisecting ? nil : root, isProbe: wasProbe) {
            turn.act(.schedule(.breaker(domain: domain), after: turn.domains[domain].breaker.recoveryTimeout))
            turn.act(.tell(domain: domain, .opened))
        }
        piece.attempts += 1
        // One attempt for each piece of a split; a record that stands alone has a quota of its own (F3).
        if piece.isBisecting, !piece.isAlone { return Bisection.halves(of: piece) }
        let isSpent = policy.isSpent(attempts: piece.attempts, age: turn.now - (piece.since ?? turn.now))
        guard isSpent || timeLeft(for: piece, now: turn.now) == 0 else {
            piece.state = .retry
            let delay = policy.delay(afterFailures: piece.attempts, jitter: turn.jitter)
            turn.act(.schedule(.retry(StageID(stage), piece.first), after: delay))
            setExpiry(of: piece, stage, &turn)
            return [piece]
        }
        return piece.isAlone ? judge(piece, stage, inCall: false, &turn) : Bisection.halves(of: piece)
    }

    /// A record stands alone and has failed once more: a dead letter, or the shard waits and asks again.
    private mutating func judge(_ piece: Piece, _ stage: Int, inCall: Bool, _ turn: inout Turn) -> [Piece] {
        let domain = stages[stage].spec.domain
        let kind: FailureClass = piece.kind == .rejected ? .rejected : .transient
        let isSure = inCall || piece.isDoomed || stages[stage].isVouchedFor && kind == .rejected
        switch turn.domains[domain].verdict.decide(kind, isWitnessed: piece.isArmed, isSure: isSure) {
        case .condemn:
            condemn(piece, stage, reason: piece.suspicion, &turn)
            return []
        case .suspect where timeLeft(for: piece, now: turn.now) == 0:
            condemn(piece, stage, reason: .expired, &turn)
            return []
        case .suspect:
            var piece = piece
            piece.state = .suspect
            piece.isSuspected = true
            let pace = turn.domains[domain].breaker.recoveryTimeout
            turn.act(.schedule(.suspect(StageID(stage), piece.first), after: pace))
            setExpiry(of: piece, stage, &turn)
            return [piece]
        }
    }
}

extension Piece {
    /// The dead letter's reason for a record that is given up although its stage did not call it poison.
    var suspicion: Letter.Reason { kind == .rejected ? .rejected : .exhausted }
}

extension [RecordFailure] {
    /// The failures in the order of their records.
    fileprivate var ascending: [RecordFailure] {
        let isAscending = zip(self, dropFirst()).allSatisfy { $0.record < $1.record }
        return isAscending ? self : sorted { $0.record < $1.record }
    }
}

// MARK: - Deliveries and witnesses

extension ShardMachine {
    /// Records are safe at a stage, by a submit of this serial.
    mutating func deliver(_ records: RecordRun, _ stage: Int, serial: FaultDomain.Serial, _ turn: inout Turn) {
        guard !records.isEmpty else { return }
        cover(records, stage)
        stages[stage].books.delivered += records.count
        stages[stage].losses = 0
        stages[stage].isVouchedFor = false
        let domain = stages[stage].spec.domain
        turn.domains[domain].verdict.delivered()
        let closed = turn.domains[domain].breaker.succeed()
        // A witness was asked after the failure: a late report of an earlier success is none (F2).
        if serial > turn.domains[domain].stale { turn.act(.tell(domain: domain, .accepted(serial))) }
        witness(domain, at: stage, serial: serial, turn.domains[domain])
        if closed { turn.act(.tell(domain: domain, .closed)) }
    }

    /// A record was delivered in the domain, here (at `source`) or by another shard: it speaks for the domain to what failed
    /// before it was submitted. A suspect is asked again first: what it met may have been the outage (F2).
    private mutating func witness(
        _ domain: Int, at source: Int?, serial: FaultDomain.Serial, _ shared: FaultDomain
    ) {
        for stage in stages.indices where stages[stage].spec.domain == domain {
            func speaks(for piece: Piece) -> Bool {
                guard piece.hasFailed else { return false }
                if stage == source { return serial > piece.born }
                if source != nil { return serial > shared.stale }
                return piece.born == .max || serial > piece.born
            }
            for index in stages[stage].flight.indices where speaks(for: stages[stage].flight[index].piece) {
                stages[stage].flight[index].piece.isWitnessed = true
            }
            var left = stages[stage].queue.failed
            var index = 0
            while left > 0 {
                let piece = stages[stage].queue[index]
                if piece.hasFailed { left -= 1 }
                if speaks(for: piece) {
                    stages[stage].queue.modify(at: index) {
                        $0.isWitnessed = true
                        if $0.state == .suspect { $0.state = .ready }
                    }
                }
                index += 1
            }
        }
    }

    /// News of the fault domain from another shard. That the breaker changed is seen in the domain itself.
    mutating func hear(_ news: DomainNews, domain: Int, _ turn: inout Turn) {
        switch news {
        case .accepted(let serial): witness(domain, at: nil, serial: serial, turn.domains[domain])
        case .failed: turn.domains[domain].outdate()
        case .opened, .halfOpen, .closed: break
        }
    }
}
