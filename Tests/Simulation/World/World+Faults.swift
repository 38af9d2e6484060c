import Millrace
import MillraceMachines

/// What goes wrong, and how the world comes to rest afterwards.
extension World {
    func strike(_ fault: Fault.Kind) {
        note("FAULT \(fault)")
        switch fault {
        case .outage(let sink, let kind, let time): outages[sink] = (kind, now + time)
        case .full(let sink, let time): fullUntil[sink] = now + time
        case .letters(let time): lettersDownUntil = now + time
        case .clock(let jump): now += jump
        case .loss(let sink, let shard):
            if let tenure = owner(of: shard), !tenure.channels[sink].buffer.isEmpty { lose(tenure, sink) }
        case .revoke(let shard, let grace, let heir):
            guard let tenure = owner(of: shard) else { return }
            tenure.heir = heir
            feed(tenure, .revoked(deadline: Milliseconds(now + grace)))
        case .drain(let shard, let grace, let heir):
            guard let tenure = owner(of: shard) else { return }
            tenure.heir = heir
            feed(tenure, .drain(deadline: Milliseconds(now + grace)))
        case .lose(let shard, let hears, let heir):
            guard let tenure = owner(of: shard) else { return }
            generations[shard] += 1
            owners[shard] = nil
            agenda.add(.assign(shard: shard, worker: heir), at: now + 10)
            agenda.add(.hear(tenure, .revoked(deadline: Milliseconds(now + hears))), at: now + hears)
        case .reassign(let shard):
            guard let tenure = owner(of: shard) else { return }
            owners[shard] = nil
            assign(shard, to: tenure.worker.index)
        case .crash(let worker, let time): crash(worker, for: time)
        case .pause(let shard, let sink, let time):
            guard let tenure = owner(of: shard) else { return }
            feed(tenure, .pause(sink.map(StageID.init)))
            agenda.add(.resume(shard: shard, sink: sink), at: now + time)
        case .skip(let shard, let ahead):
            guard let tenure = owner(of: shard) else { return }
            let offset = tenure.worker.machines[shard].checkpoint.offset + Int64(ahead)
            feed(tenure, .skip(Position(offset: offset), reason: "operator"))
        case .resolve(let shard, let sink, let isPoison):
            if let tenure = owner(of: shard) { feed(tenure, .resolve(StageID(sink), isPoison ? .poison : .retry)) }
        case .retention(let shard, let beyond):
            let end = min(committed[shard].offset + Int64(beyond), logs[shard].end - 1)
            logs[shard].start = max(logs[shard].start, end)
        case .overrun(let shard, let behind):
            guard let tenure = owner(of: shard) else { return }
            let end = min(tenure.worker.machines[shard].position.offset - Int64(behind), logs[shard].end - 1)
            logs[shard].start = max(logs[shard].start, end)
        }
    }

    private func crash(_ index: Int, for time: Int) {
        let worker = workers[index]
        guard worker.isAlive else { return }
        worker.isAlive = false
        agenda.add(.restart(worker: index), at: now + time)
        for shard in 0..<plan.shards {
            guard let tenure = owners[shard], tenure.worker === worker else { continue }
            owners[shard] = nil
            generations[shard] += 1
            agenda.add(.assign(shard: shard, worker: (index + 1) % plan.workers), at: now + 10 + time / 2)
        }
    }

    func restart(_ index: Int) {
        pastWorkers.append(workers[index])
        workers[index] = Worker(index, plan)
    }

    func resume(_ shard: Int, _ sink: Int?) {
        if let tenure = owner(of: shard) { feed(tenure, .resume(sink.map(StageID.init))) }
    }

    /// The broker gives a shard to a worker.
    func assign(_ shard: Int, to index: Int) {
        guard owner(of: shard) == nil else { return }
        let worker = workers[index]
        guard worker.isAlive else {
            agenda.add(.assign(shard: shard, worker: index), at: now + 50)
            return
        }
        generations[shard] += 1
        let (offset, cursors) = committed[shard]
        let checkpoint = Position(offset: offset)
        let old = worker.tenures[shard]
        let tenure = Tenure(
            worker: worker, shard: shard, epoch: worker.machines[shard].epoch + 1, generation: generations[shard],
            sinks: plan.sinks.count, records: logs[shard].records.count, checkpoint: checkpoint)
        for (sink, cursor) in cursors.enumerated() {
            guard let cursor else { continue }
            tenure.channels[sink].done = Array(cursor.done)
            tenure.channels[sink].low = max(cursor.low, checkpoint)
            if cursor.low > checkpoint { tenure.channels[sink].done.append(checkpoint..<cursor.low) }
        }
        owners[shard] = tenure
        note("worker \(index) shard \(shard) epoch \(tenure.epoch): assigned at \(offset)")
        var actions: [ShardAction] = []
        steps += 1
        step(tenure, .assigned(checkpoint: checkpoint, cursors: cursors), &actions)
        let end = actions.firstIndex { if case .closed = $0 { true } else { false } }.map { $0 + 1 } ?? 0
        if let old { perform(old, Array(actions[..<end])) }
        worker.tenures[shard] = tenure
        perform(tenure, Array(actions[end...]))
        check(tenure)
        wantRead(tenure, after: 1)
    }

    func heal() {
        note("HEALED")
        isHealed = true
        for sink in plan.sinks.indices {
            outages[sink].until = 0
            fullUntil[sink] = min(fullUntil[sink], now)
        }
        lettersDownUntil = 0
        agenda.add(.operate, at: now + plan.recovery + 100)
    }

    /// The operator lets go of what is held, and vouches for sinks where a bad record stands that no witness can come for.
    func operate() {
        agenda.add(.operate, at: now + plan.recovery + 100)
        for shard in 0..<plan.shards {
            guard let tenure = owner(of: shard) else { continue }
            if tenure.worker.machines[shard].isPaused { feed(tenure, .resume(nil)) }
            for sink in plan.sinks.indices {
                let stage = StageID(sink)
                switch tenure.worker.machines[shard].wait(of: stage, domains: tenure.worker.domains) {
                case .parked: feed(tenure, .resolve(stage, .retry))
                case .paused: feed(tenure, .resume(stage))
                case .suspectOutage where isBlocked(tenure, sink): feed(tenure, .resolve(stage, .poison))
                default: break
                }
            }
        }
    }

    /// Whether what the machine has first to bring to a sink is a bad record.
    private func isBlocked(_ tenure: Tenure, _ sink: Int) -> Bool {
        let (shard, log) = (tenure.shard, logs[tenure.shard])
        let from = log.index(notBefore: tenure.worker.machines[shard].cursors[sink].low)
        let first = (from..<log.records.count).first {
            !log.filtered[sink][$0] && !log.isDead($0, at: sink)
        }
        guard let first else { return false }
        return log.flaws[sink][first] != .none || !keepsOrder(sink)
    }
}
