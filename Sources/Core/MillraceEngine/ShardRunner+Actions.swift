import Millrace
import MillraceMachines
import Platform

/// Doing: what the machine decided.
extension ShardRunner {
    /// Does `decided` in order. A sink that is full is told to the machine before any other event, and gets nothing
    /// else of this list.
    func perform(_ decided: [ShardAction], _ core: inout LaneCore, _ now: Int64) {
        for action in decided {
            switch action {
            case .submit(let submission):
                guard !fullAnswers.contains(where: { $0.stage == submission.stage }) else { continue }
                let taken = submit(submission, core)
                if taken > 0 {
                    submitted[DeliveryKey(stage: submission.stage, delivery: submission.delivery)] = Submit(
                        time: MonotonicClock.now(), offset: submission.records[submission.records.startIndex].offset,
                        count: taken)
                }
                if taken < submission.records.count {
                    fullAnswers.append((submission.stage, submission.delivery, taken))
                }
            case .deadLetter(let letter): write(letter, &core, now)
            case .schedule(let id, let delay): schedule(id, after: delay, &core, now)
            case .advance: noteProgress()
            case .release(let number, let isLagging): release(number, isLagging: isLagging)
            case .forget(let number): batches[number] = nil
            case .flush(let stage, let deadline):
                core.sinks[stage.index].flush(shard: shard, slot: slot, epoch: epoch, deadline: deadline)
            case .abandon(let stage): core.sinks[stage.index].abandon(shard: shard, slot: slot, epoch: epoch)
            case .rewind(let position):
                core.shared.observer.observe(.rewound(shard, offset: position.offset))
                rewind(to: position.offset, &core, now)
            case .abandoned(let stage, let range, let count):
                core.shared.observer.observe(
                    .abandoned(
                        sink: stage.index, shard, offsets: range.lowerBound.offset..<range.upperBound.offset,
                        count: count))
            case .gap: break  // told already: as a loss, or as a hole of the log's own
            case .tell(let domain, let news):
                if let change = BreakerChange(news) { core.shared.observer.observe(.breaker(sink: domain, change)) }
                core.news.append((domain, news, slot))
            case .refused(_, let why):
                core.refusals.append("\(shard): \(why)")
                core.shared.observer.observe(.refused("\(shard): \(why)"))
            case .closed:
                isClosed = true
                core.shared.domains.withLock { _ in core.changeWaiting(from: waitingIn, to: 0) }
                waitingIn = 0
                core.closed.append(slot)
            case .wait(let reason):
                waiting = ShardWait(reason)
                hindrance.hear(
                    waiting, isTrying: { !machine.openDeliveries(at: StageID($0)).isEmpty }, now: now)
                core.shared.observer.observe(.waits(shard, waiting))
            }
        }
        // One at a time: the machine may submit to another sink that is full as well and that it has not heard of yet.
        while let answer = fullAnswers.first {
            fullAnswers.removeFirst()
            step(.full(answer.stage, delivery: answer.delivery, taken: answer.taken), &core, now)
        }
    }

    private func submit(_ submission: Submission, _ core: borrowing LaneCore) -> Int {
        guard let work = batches[submission.batch],
            let delivery = work.delivery(submission, shard: shard, slot: slot, epoch: epoch)
        else {
            core.shared.observer.observe(.fault(shard, "batch \(submission.batch) is gone before its delivery"))
            return 0
        }
        return core.sinks[submission.stage.index].submit(delivery)
    }

    /// The machine needs the batch no more. A sink that still has deliveries of it keeps it by them; what an optional
    /// sink has yet to be given keeps it here.
    private func release(_ number: Int, isLagging: Bool) {
        guard isLagging else {
            batches[number] = nil
            return
        }
        if let work = batches[number] { batches[number] = work.pinnedSince == nil ? work : work.detached(nil) }
    }

    // MARK: - Dead letters

    private func write(_ letter: Letter, _ core: inout LaneCore, _ now: Int64) {
        let shared = core.shared
        let stage = stageName(letter.key.place, shared.pipeline)
        guard case .write(let writer) = shared.pipeline.plan.deadLetters else {
            isParkedByPolicy = true
            shared.observer.observe(
                .parkedByPolicy(shard, offset: letter.key.record.offset, stage: stage, error: letter.message))
            return
        }
        guard let work = batches[letter.batch], let original = work.original(letter.key.record) else {
            shared.observer.observe(.fault(shard, "the record of a dead letter is gone: \(letter.key.record)"))
            return
        }
        let full = DeadLetter(
            letter, stage: stage, shard: shard, plan: shared.pipeline.plan, record: original, of: work.batch)
        let mailbox = core.mailbox
        let (slot, key) = (slot, letter.key)
        writer.write(full) { outcome in mailbox.post(.deadLetter(slot: slot, key: key, outcome: outcome)) }
        letters[key] = (stage, full.reason.rawValue, full.error, letter.form)
    }

    /// A dead letter was written, or not.
    func hear(_ key: LetterKey, _ outcome: DeadLetterOutcome, _ core: inout LaneCore, _ now: Int64) {
        let offset = key.record.offset
        switch outcome {
        case .written(let place):
            if let (stage, reason, error, _) = letters.removeValue(forKey: key) {
                core.shared.observer.observe(
                    .deadLetterWritten(
                        shard, offset: offset, stage: stage, reason: reason, error: error, place: place))
            }
            step(.deadLetter(key, .written), &core, now)
        case .failed(let message):
            core.shared.observer.observe(.deadLetterFailed(shard, offset: offset, error: message))
            step(.deadLetter(key, .transient), &core, now)
        case .tooLarge(let message):
            let isWaitedFor = core.shared.pipeline.plan.waitsWithOversize
            if !isWaitedFor, letters[key]?.form == .full {
                // The machine sends a reference at once: nothing has failed.
                core.shared.observer.observe(.deadLetterShortened(shard, offset: offset, error: message))
            } else {
                let hint =
                    isWaitedFor ? "; it waits until the topic takes it, or for dead_letter.oversize: reference" : ""
                core.shared.observer.observe(.deadLetterFailed(shard, offset: offset, error: message + hint))
            }
            step(.deadLetter(key, .tooLarge), &core, now)
        }
    }

    private func stageName(_ place: LetterKey.Place, _ pipeline: Pipeline) -> String {
        switch place {
        case .stage(let stage): "sink:\(pipeline.sinkNames[stage.index])"
        case .pure(let name): name
        }
    }
}
