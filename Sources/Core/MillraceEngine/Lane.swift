import Millrace
import MillraceMachines
import Platform

/// A thread's run loop over the shards that it owns: mailbox, sinks, timers, then a batch of each ready shard in turn.
///
/// Made and used on its own thread only; others hold nothing but its ``Mailbox``. It never blocks but in `poll`.
struct Lane: ~Copyable {
    let index: Int
    let shared: LaneShared
    let mailbox: Mailbox
    private var sinks: [any SinkLane] = []
    private var runners: [Int: ShardRunner] = [:]
    /// The slots in the order of their turns.
    private var turns: [Int] = []
    private var messages: [LaneMessage] = []
    private var reports: [SinkReport] = []
    private var core: LaneCore
    private var isStopped = false
    private var drainDeadline: Int64?
    private var nextCommit: Int64

    init(index: Int, shared: LaneShared, mailbox: Mailbox, notes: any NoteTaker) throws(MillraceError) {
        self.index = index
        self.shared = shared
        self.mailbox = mailbox
        core = LaneCore(index: index, shared: shared, mailbox: mailbox)
        nextCommit = MonotonicClock.milliseconds() + shared.pipeline.plan.commitInterval
        for (sink, plan) in shared.pipeline.plan.sinks.enumerated() {
            let context = LaneContext(
                lane: index, sink: sink, wakeDescriptor: mailbox.descriptor, reporter: MailReporter(mailbox: mailbox),
                notes: notes)
            sinks.append(try plan.sink.open(context))
        }
        core.sinks = sinks
    }

    /// Runs until a `stop` message.
    mutating func run() {
        var poller = Poller([mailbox.descriptor])
        while !isStopped {
            let now = MonotonicClock.milliseconds()
            readMail(now)
            var wanted = pollSinks(now)
            fireTimers(now)
            let isBusy = takeTurns(now)
            endClosedShards()
            commit(now)
            if isBusy || isStopped { continue }
            wanted = min(wanted, core.timers.next ?? .max, nextCommit)
            // A failing poll can only be a descriptor gone bad: the loop then spins, which the watchdog sees.
            _ = try? poller.wait(until: wanted == .max ? nil : wanted * 1_000_000)
        }
        for sink in sinks { sink.close() }
    }

    // MARK: - What comes in

    private mutating func readMail(_ now: Int64) {
        messages.removeAll(keepingCapacity: true)
        mailbox.take(&messages)
        for message in messages { receive(message, now) }
    }

    private mutating func receive(_ message: LaneMessage, _ now: Int64) {
        switch message {
        case .assign(let assignment): assign(assignment, now)
        case .revoke(let shards, let deadline):
            for runner in runners.values where shards.contains(runner.shard) {
                runner.step(.revoked(deadline: deadline), &core, now)
            }
        case .drain(let deadline):
            drainDeadline = deadline
            for runner in runners.values { runner.drain(deadline: deadline, &core, now) }
        case .sink(let report): hear(report, now)
        case .deadLetter(let slot, let key, let outcome): runners[slot]?.hear(key, outcome, &core, now)
        case .news(let domain, let news): spread(domain, news, except: nil, now)
        case .operate(let operation, let request):
            core.refusals.removeAll()
            var concerned = 0
            for runner in runners.values where runner.operate(operation, &core, now) { concerned += 1 }
            request.answer(concerned, core.refusals)
            core.refusals.removeAll()
        case .snapshot(let request): request.answer(snapshot())
        case .stop: isStopped = true
        }
        flushNews(now)
    }

    private mutating func assign(_ assignment: ShardAssignment, _ now: Int64) {
        let runner = ShardRunner(assignment, slot: shared.nextSlot(), core, now)
        runners[runner.slot] = runner
        turns.append(runner.slot)
        runner.begin(assignment, &core, now)
        for hold in shared.holds.withLock({ $0 }) { _ = runner.operate(.pause(hold), &core, now) }
        // Assigned while the worker ends: handed back at once.
        if let drainDeadline { runner.drain(deadline: drainDeadline, &core, now) }
    }

    private mutating func pollSinks(_ now: Int64) -> Int64 {
        var wanted = Int64.max
        for sink in sinks {
            reports.removeAll(keepingCapacity: true)
            if let next = sink.poll(now: now, &reports) { wanted = min(wanted, next) }
            for report in reports { hear(report, now) }
        }
        flushNews(now)
        return wanted
    }

    private mutating func hear(_ report: SinkReport, _ now: Int64) {
        // An answer of an old epoch finds no runner: it has given back its delivery, and changes nothing else.
        guard let runner = runners[report.slot], runner.epoch == report.epoch else { return }
        runner.hear(report, &core, now)
    }

    private mutating func fireTimers(_ now: Int64) {
        while let timer = core.timers.pop(due: now) {
            switch timer.id {
            case .breaker(let domain)?: recover(domain, now)
            case let id?: runners[timer.slot]?.fire(id, generation: timer.generation, &core, now)
            case nil: break
            }
        }
        flushNews(now)
    }

    /// The breaker of `domain` may be asked again. Its timer is the lane's that saw it open, whatever became of the shard.
    private mutating func recover(_ domain: Int, _ now: Int64) {
        guard shared.domains.withLock({ $0[domain].recover() }) else { return }
        shared.observer.observe(.breaker(sink: domain, .halfOpen))
        core.news.append((domain, .halfOpen, nil))
    }

    // MARK: - News of fault domains

    /// Passes on what steps have told, to the shards of this lane and the other lanes. What that leads to may tell more.
    private mutating func flushNews(_ now: Int64) {
        while let (domain, news, teller) = core.news.popLast() {
            // The domain itself remembers failures; told late, one would call a real witness stale.
            if case .failed = news { continue }
            spread(domain, news, except: teller, now)
            shared.tell(except: index, domain: domain, news)
        }
    }

    private mutating func spread(_ domain: Int, _ news: DomainNews, except teller: Int?, _ now: Int64) {
        for runner in runners.values where runner.slot != teller && runner.waits(in: domain) {
            runner.step(.breaker(domain: domain, news), &core, now)
        }
    }

    // MARK: - Reading

    /// A batch of each ready shard; whether anything was read, so that there may be more.
    private mutating func takeTurns(_ now: Int64) -> Bool {
        var isBusy = false
        for slot in turns {
            guard let runner = runners[slot] else { continue }
            if runner.takeTurn(&core, now) { isBusy = true }
        }
        flushNews(now)
        return isBusy
    }

    private mutating func endClosedShards() {
        guard !core.closed.isEmpty else { return }
        for slot in core.closed {
            guard let runner = runners.removeValue(forKey: slot) else { continue }
            turns.removeAll { $0 == slot }
            runner.end(&core)
        }
        core.closed.removeAll(keepingCapacity: true)
    }

    private mutating func commit(_ now: Int64) {
        guard now >= nextCommit else { return }
        nextCommit = now + shared.pipeline.plan.commitInterval
        for runner in runners.values {
            runner.acknowledge(shared.source, shared.pipeline.sinkNames)
            runner.absolveWhatIsSafe(shared.pipeline.plan.crashMarker)
            runner.unpinIdleBatches(shared, now)
        }
    }

    private func snapshot() -> WorkerSnapshot {
        var snapshot = core.finished
        for runner in runners.values { runner.add(to: &snapshot, core) }
        return snapshot
    }
}

/// Takes the reports of a sink's own threads to the lane.
private struct MailReporter: SinkReporter {
    let mailbox: Mailbox
    func report(_ report: SinkReport) { mailbox.post(.sink(report)) }
}
