import Millrace
import MillraceMachines
import Platform
import Synchronization

/// One assignment of a shard on its lane: reads batches, feeds the machine, and does what it decides.
///
/// Used on its lane's thread only.
final class ShardRunner {
    let shard: ShardID
    let slot: Int
    let epoch: Int
    let reader: any ShardReader
    var machine: ShardMachine
    var actions: [ShardAction] = []
    /// Sinks that took less than they were given, until the machine has been told.
    var fullAnswers: [(stage: StageID, delivery: Int, taken: Int)] = []
    /// The domains the machine waits in, as a mask.
    var waitingIn: UInt64 = 0

    /// Batches that the machine holds, or an optional sink behind it, by number.
    var batches: [Int: WorkBatch] = [:]
    private var lastBatch = 0
    /// Dead letters under way: what the log says of them once they are safe.
    var letters: [LetterKey: (stage: String, reason: String, error: String, form: Letter.Form)] = [:]
    /// What was submitted and is not over.
    var submitted: [DeliveryKey: Submit] = [:]
    var filling: FillingBatch?
    var continuity: OffsetContinuity
    /// When the shard may be read again after a problem; nil: now.
    var readAgainAt: Int64?
    var problem: String?
    /// Since when there is a ``problem``.
    var problemSince: Int64 = 0
    /// Whether the reader could not be brought to where the machine wants to read.
    var isAstray = false

    /// The newest generation of each timer, and when it is due.
    var timers: [TimerID: (generation: Int, due: Int64)] = [:]
    private var generation = 0
    var isDraining = false
    private var isHandingBack = false
    var isClosed = false
    /// Set when a dead letter may not be written: the shard stops for a person.
    var isParkedByPolicy = false
    /// Set besides when it stops before a record that the process died of.
    var isParkedByCrash = false
    /// What the process may have died of; nil when nothing is suspected.
    var suspects: CrashHistory.Suspects?
    /// Batches hold one record, because the record that was found lay in a longer one.
    var isCrawling = false
    /// Why the record that was found is given up, until it is read once more.
    var burial: String?
    var waiting = ShardWait.input
    var hindrance: Hindrance
    private var acknowledged: Acknowledgement?
    private var hasNews = false

    init(_ assignment: ShardAssignment, slot: Int, _ core: borrowing LaneCore, _ now: Int64) {
        let pipeline = core.shared.pipeline
        shard = assignment.shard
        self.slot = slot
        epoch = assignment.epoch
        reader = assignment.reader
        machine = ShardMachine(
            shard: slot, stages: pipeline.stages, deadLetterRetry: RetryPolicy(maxDelay: 10_000),
            oversize: pipeline.plan.waitsWithOversize ? .wait : .reference, expire: pipeline.plan.expire)
        let acceptsHoles = core.shared.topicsWithHoles.withLock { $0.contains(assignment.shard.topic) }
        continuity = OffsetContinuity(acceptsHoles: acceptsHoles || reader.hasHoles)
        hindrance = Hindrance(now: now)
    }

    /// The shard is ours: from where, and what the sinks have of it already.
    func begin(_ assignment: ShardAssignment, _ core: inout LaneCore, _ now: Int64) {
        reader.attach(wakeDescriptor: core.mailbox.descriptor)
        let names = core.shared.pipeline.sinkNames
        let cursors = assignment.metadata.map {
            CursorCodec.decode($0, names, checkpoint: assignment.checkpoint)
        }
        let checkpoint = Position(offset: assignment.checkpoint)
        let ahead = names.indices.filter { index in
            guard let cursor = cursors?[index] else { return false }
            return cursor.top > checkpoint
        }
        core.shared.observer.observe(
            .assigned(shard, epoch: epoch, checkpoint: assignment.checkpoint, ahead: ahead.map { names[$0] }))
        suspect(core)
        step(.assigned(checkpoint: checkpoint, cursors: cursors ?? []), &core, now)
    }

    /// One event through the machine, and what it decides done.
    func step(_ event: ShardEvent, _ core: inout LaneCore, _ now: Int64) {
        guard !isClosed else { return }
        var decided = actions
        actions = []
        decided.removeAll(keepingCapacity: true)
        let jitter = core.random.nextDouble()
        let credit = core.shared.credit.isAvailable
        core.shared.domains.withLock { domains in
            machine.step(
                event, epoch: epoch, now: now, jitter: jitter, creditAvailable: credit, domains: &domains,
                actions: &decided)
            let mask = waitMask(domains.count)
            core.changeWaiting(from: waitingIn, to: mask)
            waitingIn = mask
        }
        perform(decided, &core, now)
        actions = decided
        endIfParked(&core, now)
    }

    private func waitMask(_ domains: Int) -> UInt64 {
        var mask: UInt64 = 0
        for domain in 0..<domains where machine.waits(inDomain: domain) { mask |= LaneShared.bit(domain) }
        return mask
    }

    /// Whether news of `domain` matters to this shard.
    func waits(in domain: Int) -> Bool { machine.waits(inDomain: domain) }

    /// A timer has run out; an older one of the same name is ignored.
    func fire(_ id: TimerID, generation: Int, _ core: inout LaneCore, _ now: Int64) {
        guard timers[id]?.generation == generation else { return }
        timers[id] = nil
        step(.timer(id), &core, now)
    }

    /// Sets a timer anew.
    func schedule(_ id: TimerID, after delay: Int64, _ core: inout LaneCore, _ now: Int64) {
        generation += 1
        if case .breaker = id {} else { timers[id] = (generation, now + delay) }
        core.timers.add(now + delay, LaneCore.Timer(slot: slot, generation: generation, id: id))
    }

    /// The next batch's number.
    func nextBatch() -> Int {
        lastBatch += 1
        return lastBatch
    }

    /// Read no more, finish what was begun.
    func drain(deadline: Int64, _ core: inout LaneCore, _ now: Int64) {
        isDraining = true
        step(.drain(deadline: deadline), &core, now)
        endIfParked(&core, now)
    }

    /// A parked shard that is to end hands back what it holds: only a person could let it finish, and not in this time.
    /// What is in flight at other sinks gets a moment.
    func endIfParked(_ core: inout LaneCore, _ now: Int64) {
        guard isDraining, !isHandingBack else { return }
        var isParked = isParkedByPolicy
        if case .parked = waiting { isParked = true }
        guard isParked else { return }
        isHandingBack = true
        step(.revoked(deadline: now + ShardRunner.handBackTime), &core, now)
    }

    /// How long what is in flight may take when a parked shard ends, milliseconds.
    private static let handBackTime: Int64 = 500

    // MARK: - Checkpoints

    /// The checkpoint or a cursor moved: there is something to commit.
    func noteProgress() { hasNews = true }

    /// Hands the source what may be committed, when it changed.
    func acknowledge(_ source: any Source, _ sinkNames: [String]) {
        guard hasNews else { return }
        hasNews = false
        let latest = acknowledgement(sinkNames)
        if latest.checkpoint == acknowledged?.checkpoint && latest.metadata == acknowledged?.metadata { return }
        acknowledged = latest
        source.acknowledge(latest)
    }

    /// What is safe now.
    private func acknowledgement(_ sinkNames: [String]) -> Acknowledgement {
        let checkpoint = machine.checkpoint.offset
        let metadata = CursorCodec.encode(
            sinkNames, machine.cursors, checkpoint: checkpoint, limit: Acknowledgement.maxMetadata)
        return Acknowledgement(shard: shard, epoch: epoch, checkpoint: checkpoint, metadata: metadata)
    }

    /// The shard has ended: gives everything back and tells the source.
    func end(_ core: inout LaneCore) {
        filling = nil
        batches.removeAll()
        reader.close()
        for sink in core.sinks { sink.forget(shard: shard, slot: slot, epoch: epoch) }
        add(toFinished: &core.finished)
        let undone = self.undone(core.shared.pipeline)
        core.shared.undone.add(undone, ordering: .relaxed)
        let sinkNames = core.shared.pipeline.sinkNames
        let last = acknowledgement(sinkNames)
        core.shared.observer.observe(.released(shard, epoch: epoch, checkpoint: last.checkpoint, undone: undone))
        core.shared.source.release(last)
        core.shared.openShards.subtract(1, ordering: .sequentiallyConsistent)
    }

    /// Records that were begun and handed back: what a required sink lacks will be read again.
    private func undone(_ pipeline: Pipeline) -> Int {
        pipeline.stages.indices.filter { pipeline.stages[$0].isRequired }
            .map { machine.books(of: StageID($0)).returned }.max() ?? 0
    }
}
