import Millrace
import MillraceMachines

/// Around the machine: events in, actions out.
extension World {
    func feed(_ tenure: Tenure, _ event: ShardEvent) {
        guard tenure.worker.isAlive, violation == nil else { return }
        let (worker, shard) = (tenure.worker, tenure.shard)
        steps += 1
        note("worker \(worker.index) shard \(shard) epoch \(tenure.epoch): \(text(event))")
        let isOld = tenure.epoch != worker.machines[shard].epoch || worker.machines[shard].state == .closed
        var actions: [ShardAction] = []
        if isOld {
            let before = image(worker.machines[shard])
            step(tenure, event, &actions)
            if !actions.isEmpty || image(worker.machines[shard]) != before {
                fail(3, "an event of epoch \(tenure.epoch) changed epoch \(worker.machines[shard].epoch)")
            }
            return
        }
        understand(tenure, event)
        let before = stance(worker, shard)
        step(tenure, event, &actions)
        cover(event, before, stance(worker, shard))
        perform(tenure, actions)
        check(tenure)
    }

    func step(_ tenure: Tenure, _ event: ShardEvent, _ actions: inout [ShardAction]) {
        let worker = tenure.worker
        worker.machines[tenure.shard].step(
            event, epoch: tenure.epoch, now: Milliseconds(now), jitter: Double(roll().below(1001)) / 1000,
            creditAvailable: hasCredit(worker), domains: &worker.domains, actions: &actions)
    }

    /// What must not change by an event of an old epoch.
    private func image(_ machine: ShardMachine) -> [Int] {
        let stages = plan.sinks.indices.flatMap { sink -> [Int] in
            let books = machine.books(of: StageID(sink))
            return [books.delivered, books.inFlight, books.returned, books.deadLettered, books.abandoned]
        }
        return stages + [Int(machine.checkpoint.offset), Int(machine.position.offset), machine.heldBatches]
    }

    /// What the event means for the model, before the machine hears it.
    private func understand(_ tenure: Tenure, _ event: ShardEvent) {
        let log = logs[tenure.shard]
        switch event {
        case .admitted(let admission): take(tenure, tenure.held[admission.batch] ?? 0..<0)
        case .accepted(let stage, let delivery):
            guard let records = tenure.channels[stage.index].open.removeValue(forKey: delivery) else { return }
            if tenure.channels[stage.index].gone.remove(delivery) == nil {
                tenure.channels[stage.index].owned[delivery] = records
            }
        case .done(let stage, let delivery, let failures):
            let failed = Set(failures.map { log.index(of: $0.record) })
            for index in failed where tenure.channels[stage.index].troubled[index] == nil {
                tenure.channels[stage.index].troubled[index] = now
            }
            if let owned = tenure.channels[stage.index].owned.removeValue(forKey: delivery) {
                acknowledge(tenure, stage.index, owned.filter { !failed.contains($0) })
                if let first = failed.min() { drop(tenure, stage.index, from: first) }
            } else if let open = tenure.channels[stage.index].open.removeValue(forKey: delivery),
                tenure.channels[stage.index].gone.remove(delivery) == nil
            {
                acknowledge(tenure, stage.index, open.filter { !failed.contains($0) })
            }
        case .durable(let stage, let record):
            let last = log.index(of: record)
            for (delivery, records) in tenure.channels[stage.index].owned {
                acknowledge(tenure, stage.index, records.filter { $0 <= last })
                let rest = records.filter { $0 > last }
                tenure.channels[stage.index].owned[delivery] = rest.isEmpty ? nil : rest
            }
        case .lost(let stage, let record): drop(tenure, stage.index, from: log.index(of: record))
        case .deadLetter(let key, let result):
            tenure.letters[key]?.isAnswered = true
            guard result == .written else { return }
            tenure.letters[key]?.isWritten = true
            for sink in holders(of: key, log) { tenure.channels[sink].inHand.remove(log.index(of: key.record)) }
            if case .stage(let stage) = key.place { tenure.channels[stage.index].letters += 1 }
        case .resolve(let stage, .poison): tenure.channels[stage.index].isVouched = true
        case .skip: tenure.wasSkipped = true
        default: break
        }
    }

    /// Records were read for the sinks that want them and have them not.
    private func take(_ tenure: Tenure, _ range: Range<Int>) {
        let log = logs[tenure.shard]
        for sink in plan.sinks.indices {
            for index in range where !log.filtered[sink][index] && !tenure.channels[sink].acknowledged[index] {
                tenure.channels[sink].inHand.insert(index)
            }
        }
    }

    /// The sinks that a letter stands for.
    private func holders(of key: LetterKey, _ log: VirtualLog) -> [Int] {
        if case .stage(let stage) = key.place { return [stage.index] }
        return plan.sinks.indices.filter { log.isDead(log.index(of: key.record), at: $0) }
    }

    private func acknowledge(_ tenure: Tenure, _ sink: Int, _ records: [Int]) {
        guard !records.isEmpty else { return }
        tenure.channels[sink].inHand.subtract(records)
        for record in records { tenure.channels[sink].acknowledged[record] = true }
        tenure.channels[sink].delivered += records.count
        tenure.worker.innocent[plan.sinks[sink].domain] = 0
    }

    /// What a sink accepted from a record on is lost, and what flies is read again.
    private func drop(_ tenure: Tenure, _ sink: Int, from record: Int) {
        for (delivery, records) in tenure.channels[sink].owned {
            let rest = records.filter { $0 < record }
            tenure.channels[sink].owned[delivery] = rest.isEmpty ? nil : rest
        }
        tenure.channels[sink].gone.formUnion(tenure.channels[sink].open.keys)
        // In hand is what it keeps, and the letters on their way.
        var kept = Set(tenure.channels[sink].owned.values.joined())
        let log = logs[tenure.shard]
        for (key, sent) in tenure.letters where !sent.isWritten && holders(of: key, log).contains(sink) {
            kept.insert(log.index(of: key.record))
        }
        tenure.channels[sink].inHand.formIntersection(kept)
    }

    func perform(_ tenure: Tenure, _ actions: [ShardAction]) {
        var full: [(StageID, Int, Int)] = []
        for action in actions {
            note("  \(text(action))")
            switch action {
            case .submit(let submission):
                guard !full.contains(where: { $0.0 == submission.stage }) else { continue }
                judge(tenure, submission)
                let taken = submit(tenure, submission)
                if taken < submission.records.count { full.append((submission.stage, submission.delivery, taken)) }
            case .deadLetter(let letter): send(tenure, letter)
            case .schedule(.breaker(let domain), let delay):
                tenure.worker.breakerTimers[domain] += 1
                agenda.add(
                    .breaker(tenure.worker, domain: domain, tenure.worker.breakerTimers[domain]), at: now + Int(delay))
            case .schedule(let timer, let delay):
                tenure.clock += 1
                tenure.timers[timer] = tenure.clock
                agenda.add(.timer(tenure, timer, tenure.clock), at: now + Int(delay))
            case .advance:
                judgeCursors(tenure)
                wantCommit(tenure)
            case .release(let batch, let isLagging): release(tenure, batch, isLagging)
            case .forget(let batch):
                if tenure.lagging.removeValue(forKey: batch) == nil {
                    fail(6, "forgets batch \(batch), which is not there")
                }
            case .flush(let stage, _): agenda.add(.settle(tenure, sink: stage.index), at: now + 1)
            case .abandon(let stage): tenure.channels[stage.index].isAbandoned = true
            case .rewind: break
            case .abandoned(let stage, let range, let count): abandon(tenure, stage.index, range, count)
            case .gap(let range): explain(tenure, range)
            case .tell(let domain, let news): tell(tenure, domain, news)
            case .refused, .wait: break
            case .closed: close(tenure)
            }
        }
        for (stage, delivery, taken) in full { feed(tenure, .full(stage, delivery: delivery, taken: taken)) }
    }

    private func tell(_ tenure: Tenure, _ domain: Int, _ news: DomainNews) {
        if news == .failed { return }  // the domain itself remembers
        for other in tenure.worker.tenures.compactMap({ $0 })
        where other !== tenure && other.worker.machines[other.shard].waits(inDomain: domain) {
            agenda.add(.hear(other, .breaker(domain: domain, news)), at: now)
        }
    }

    func expireBreaker(_ worker: Worker, _ domain: Int, _ number: Int) {
        guard worker.isAlive, worker.breakerTimers[domain] == number else { return }
        // Any of the shards may come first, or a bad record of one would always have the probe.
        let tenures = worker.tenures.compactMap { $0 }
        if !tenures.isEmpty {
            let tenure = tenures[roll().below(tenures.count)]
            feed(tenure, .timer(.breaker(domain: domain)))
            tell(tenure, domain, .halfOpen)
        } else {
            _ = worker.domains[domain].recover()
        }
    }

    private func release(_ tenure: Tenure, _ batch: Int, _ isLagging: Bool) {
        guard let range = tenure.held.removeValue(forKey: batch) else {
            fail(6, "releases batch \(batch), which it does not hold")
            return
        }
        tenure.worker.bytes -= range.count * plan.recordBytes
        if isLagging { tenure.lagging[batch] = range }
    }

    private func abandon(_ tenure: Tenure, _ sink: Int, _ range: Range<Position>, _ count: Int?) {
        if plan.sinks[sink].isRequired { fail(1, "a required sink is given up on: \(range)") }
        tenure.channels[sink].abandoned += count ?? 0
        let log = logs[tenure.shard]
        for index in log.index(notBefore: range.lowerBound)..<log.index(notBefore: range.upperBound) {
            tenure.channels[sink].inHand.remove(index)
            ledger.note(.abandoned, shard: tenure.shard, sink: sink, index)
        }
    }

    /// A gap is a hole of the log's own, or lies before its start. What a sink has in hand is not gone for it.
    private func explain(_ tenure: Tenure, _ range: Range<Position>) {
        let log = logs[tenure.shard]
        for index in log.index(notBefore: range.lowerBound)..<log.index(notBefore: range.upperBound) {
            if log.records[index].offset >= log.start {
                fail(8, "the gap \(range) has record \(log.records[index])")
                return
            }
            for sink in plan.sinks.indices where !tenure.channels[sink].inHand.contains(index) {
                ledger.note(.gone, shard: tenure.shard, sink: sink, index)
            }
        }
    }

    private func close(_ tenure: Tenure) {
        if !tenure.held.isEmpty || !tenure.lagging.isEmpty { fail(6, "closes with batches held") }
        tenure.isDirty = true
        commit(tenure)
        tenure.isClosed = true
        tenure.worker.tenures[tenure.shard] = nil
        guard generations[tenure.shard] == tenure.generation else { return }
        owners[tenure.shard] = nil
        agenda.add(.assign(shard: tenure.shard, worker: tenure.heir ?? tenure.worker.index), at: now + roll().below(30))
    }
}
