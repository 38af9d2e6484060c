import Millrace

/// Decides what happens to the records of one shard: submit, wait, retry, split, dead-letter, advance.
///
/// A pure state machine: events in, actions out, without clock, randomness, lock or I/O. It is used from one thread at a
/// time. What several shards share is lent to every step as fault domains. Its rules, to the last corner, are the
/// executable specification in `Tests/Vectors`, whose traces it reproduces; F1, F2, … in comments are the reasons written
/// down there.
public struct ShardMachine: Sendable {
    /// Whether the shard is ours, and for how long.
    public enum State: Sendable {
        /// It is not ours.
        case closed
        /// It is read and delivered.
        case running
        /// Nothing more is read; what was read is finished.
        case draining
        /// Nothing more is submitted; what is in flight may end.
        case revoking
    }

    /// A dead letter on its way.
    struct Dispatch: Sendable {
        var letter: Letter
        /// The stages whose cursors wait for it.
        let holders: [StageID]
        var isSent = true
        var failures = 0
    }

    /// The shard's identity: breaker permits and delivery roots carry it.
    public let shard: Int
    /// Whether the shard is ours.
    public internal(set) var state = State.closed
    /// The epoch of the latest assignment; 0 before the first.
    public internal(set) var epoch = 0
    /// The position to read from next.
    public internal(set) var position = Position(offset: 0)
    /// Everything before it is safe at every required stage. It never goes back while the epoch lasts.
    public internal(set) var checkpoint = Position(offset: 0)
    /// Whether an operator holds the shard.
    public internal(set) var isPaused = false

    let letterRetry: RetryPolicy
    let oversize: Oversize
    let expire: Milliseconds?
    var stages: [Stage]
    var letters: [LetterKey: Dispatch] = [:]
    var batches = HeldBatches(from: Position(offset: 0))
    /// When a revoke or a drain ends.
    var deadline: Milliseconds = 0
    /// A cursor changed since the last ``ShardAction/advance``.
    var hasNews = false
    /// The reason last told.
    var reason: WaitReason?

    /// A machine for a shard that is not ours yet.
    ///
    /// - Parameters:
    ///   - shard: what tells the shard from others that share its fault domains.
    ///   - stages: at least one of them required, or there would be no checkpoint.
    ///   - deadLetterRetry: the back-off of dead letters; its limits do not count, a letter is written or waited for.
    ///   - oversize: what happens to a letter that the DLQ finds too large.
    ///   - expire: how long after its first failure a record that stands alone may wait at a stage before it is a dead
    ///     letter, whoever is at fault; nil: for ever.
    public init(
        shard: Int, stages: [StageSpec], deadLetterRetry: RetryPolicy = RetryPolicy(), oversize: Oversize,
        expire: Milliseconds? = nil
    ) {
        precondition(stages.contains { $0.isRequired }, "at least one stage must be required")
        self.shard = shard
        self.letterRetry = deadLetterRetry
        self.oversize = oversize
        self.expire = expire
        self.stages = stages.enumerated().map { Stage(id: StageID($0.offset), spec: $0.element) }
    }
}

// MARK: - Stepping

extension ShardMachine {
    /// What a step was given and what it answers.
    struct Turn {
        let now: Milliseconds
        let jitter: Double
        var domains: [FaultDomain] = []
        var actions: [ShardAction] = []

        mutating func act(_ action: ShardAction) {
            actions.append(action)
        }
    }

    /// Takes one event and appends what is to be done, in order.
    ///
    /// Amortized O(1) in the records while nothing fails and batches are consecutive plain records, linear where a filter
    /// dropped some; linear in the delivery that failed otherwise.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - epoch: the epoch it belongs to; without meaning for the news and the timer of a breaker.
    ///   - now: the moment.
    ///   - jitter: 0...1, new for every step.
    ///   - creditAvailable: whether a further batch would find memory; for ``WaitReason/credit`` alone.
    ///   - domains: the fault domains that the stages name; others may use them between steps.
    ///   - actions: where the actions are appended.
    public mutating func step(
        _ event: ShardEvent, epoch: Int, now: Milliseconds, jitter: Double, creditAvailable: Bool,
        domains: inout [FaultDomain], actions: inout [ShardAction]
    ) {
        var turn = Turn(now: now, jitter: jitter)
        swap(&turn.domains, &domains)
        swap(&turn.actions, &actions)
        if handle(event, epoch: epoch, &turn), state != .closed {
            settle(creditAvailable: creditAvailable, &turn)
        }
        swap(&turn.domains, &domains)
        swap(&turn.actions, &actions)
    }

    /// False when the event is ignored.
    private mutating func handle(_ event: ShardEvent, epoch: Int, _ turn: inout Turn) -> Bool {
        switch event {
        case .assigned(let checkpoint, let cursors):
            assign(epoch: epoch, checkpoint: checkpoint, cursors: cursors, &turn)
            return true
        case .breaker(let domain, let news):
            hear(news, domain: domain, &turn)
            return true
        case .timer(.breaker(let domain)):
            if turn.domains[domain].recover() { turn.act(.tell(domain: domain, .halfOpen)) }
            return true
        default:
            // What belongs to an old epoch changes nothing: not only outcomes, also timers, letters and revokes (F15).
            guard epoch == self.epoch, state != .closed else { return false }
            handleOwn(event, &turn)
            return true
        }
    }

    private mutating func handleOwn(_ event: ShardEvent, _ turn: inout Turn) {
        switch event {
        case .admitted(let admission): admit(admission, &turn)
        case .full(let stage, let delivery, let taken): fill(stage.index, delivery: delivery, taken: taken, &turn)
        case .room(let stage): stages[stage.index].isFull = false
        case .accepted(let stage, let delivery): accept(stage.index, delivery: delivery, &turn)
        case .done(let stage, let delivery, let failures):
            end(stage.index, delivery: delivery, failures: failures, &turn)
        case .durable(let stage, let record): secure(stage.index, through: record, &turn)
        case .lost(let stage, let record): lose(stage.index, from: record, &turn)
        case .deadLetter(let key, let result): answer(key, result, &turn)
        case .timer(let timer): expire(timer, &turn)
        case .revoked(let deadline): revoke(until: deadline, &turn)
        case .drain(let deadline): drain(until: deadline, &turn)
        case .pause(let stage): hold(stage, true)
        case .resume(let stage): hold(stage, false)
        case .skip(let position, let reason): skip(position, reason: reason, &turn)
        case .resolve(let stage, let decision): resolve(stage.index, decision, &turn)
        case .assigned, .breaker: break  // of no epoch: taken above
        }
    }

    /// After every event: submits what may be submitted, then says what changed.
    private mutating func settle(creditAvailable: Bool, _ turn: inout Turn) {
        for stage in stages.indices {
            shed(stage, &turn)
            pump(stage, &turn)
        }
        release(&turn)
        advance(&turn)
        if state != .running { finish(&turn) }
        guard state != .closed else { return }
        let waiting = waiting(creditAvailable: creditAvailable, domains: turn.domains)
        if waiting != reason {
            reason = waiting
            turn.act(.wait(waiting))
        }
    }

    private mutating func expire(_ timer: TimerID, _ turn: inout Turn) {
        switch timer {
        case .retry(let stage, let record): wake(stage.index, record, from: .retry)
        case .suspect(let stage, let record): wake(stage.index, record, from: .suspect)
        case .expiry(let stage, let record): lapse(stage.index, record, &turn)
        case .letter(let key): resend(key, &turn)
        case .loss(let stage): stages[stage.index].isHeld = false
        case .deadline where state == .draining || state == .revoking:
            advance(&turn)
            close(&turn)
        case .deadline, .breaker: break
        }
    }

    /// Makes the piece ready that begins with `record` and is in `state`; a timer that nothing waits for is ignored.
    private mutating func wake(_ stage: Int, _ record: RecordID, from state: Piece.State) {
        guard let index = stages[stage].queue.index(of: record), stages[stage].queue[index].state == state else {
            return
        }
        stages[stage].queue.modify(at: index) { $0.state = .ready }
    }
}

// MARK: - Pieces

extension ShardMachine {
    /// Puts a new piece, or a part of one, in the queue of its stage. It holds its batch.
    mutating func enqueue(_ piece: Piece, _ stage: Int) {
        stages[stage].queue.insert(piece)
        batches.hold(piece.batch, isRequired: stages[stage].spec.isRequired)
    }

    /// Takes a piece out of the queue for good.
    mutating func dequeue(at index: Int, _ stage: Int) -> Piece {
        let piece = stages[stage].queue.remove(at: index)
        batches.drop(piece.batch, isRequired: stages[stage].spec.isRequired)
        return piece
    }

    /// Takes a piece out of flight for good; what comes back of it is enqueued.
    mutating func land(at index: Int, _ stage: Int) -> Stage.Flight {
        let flight = stages[stage].flight.remove(at: index)
        batches.drop(flight.piece.batch, isRequired: stages[stage].spec.isRequired)
        return flight
    }

    /// The permit of a probe that ended without saying whether the stage is up (F12). The others are told: this shard may
    /// have nothing more to probe with, and theirs would wait for ever.
    func giveBackPermit(of piece: Piece, _ stage: Int, _ turn: inout Turn) {
        let domain = stages[stage].spec.domain
        guard piece.isProbe, turn.domains[domain].breaker.giveBack(shard) else { return }
        turn.act(.tell(domain: domain, .halfOpen))
    }
}
