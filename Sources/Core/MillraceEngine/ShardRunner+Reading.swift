import Millrace
import MillraceMachines
import Platform

/// Reading: from the source to an admitted batch.
extension ShardRunner {
    /// Reads what there is, at most a batch; whether more may be there.
    func takeTurn(_ core: inout LaneCore, _ now: Int64) -> Bool {
        guard isReadable(core.shared, now) else { return false }
        if isAstray {
            // What comes is from somewhere else, and where holes are accepted no jump would tell.
            rewind(to: machine.position.offset, &core, now)
            guard !isAstray else { return false }
        }
        let limits = limits(core.shared.pipeline.plan)
        let isFresh = filling == nil
        var current = filling ?? FillingBatch(memory: core.shared.memory.take(), since: now)
        filling = nil
        let before = current.count
        let hasMore: Bool
        do {
            let result = try reader.read(current.room(limits), into: current.memory.source)
            current.bytes += result?.bytes ?? 0
            hasMore = result?.hasMore ?? false
        } catch {
            core.shared.memory.give(current.memory)
            meet(error, &core, now)
            return false
        }
        if problem != nil { problem = nil }
        guard current.count > 0 else {
            core.shared.memory.give(current.memory)
            passEmptyEnd(&core, now)
            return false
        }
        if current.isDue(limits, now) {
            admit(current, &core, now)
            return hasMore
        }
        filling = current
        if isFresh { core.wake(at: now + limits.window) }
        return hasMore && current.count > before
    }

    private func isReadable(_ shared: LaneShared, _ now: Int64) -> Bool {
        guard machine.isReady, !isClosed, !isDraining, !isParkedByPolicy else { return false }
        if let readAgainAt, now < readAgainAt { return false }
        readAgainAt = nil
        // One batch a shard is guaranteed; the rest of the credit is shared.
        return machine.heldBatches == 0 || shared.credit.isAvailable
    }

    private func admit(_ filled: FillingBatch, _ core: inout LaneCore, _ now: Int64) {
        if holdsBack(filled, &core, now) { return }
        let expected = machine.position.offset
        switch continuity.judge(filled.memory.source, expected: expected) {
        case .take: break
        case .hole(let offsets): accept(offsets, core)
        case .found(let offsets): core.shared.observer.observe(.passedOver(shard, offsets: offsets))
        case .seekBack: return discard(filled, rewindTo: expected, &core, now)
        }
        let shared = core.shared
        let bytes = filled.bytes + filled.count * ShardRunner.recordOverhead
        let batch = Batch(
            shard: shard, epoch: epoch, owner: reader.detach(), memory: filled.memory,
            recycle: { [credit = shared.credit, pool = shared.memory] memory in
                credit.give(bytes)
                pool.give(memory)
            })
        shared.credit.take(bytes)
        shared.pipeline.plan.crashMarker?.hold(lane: core.index, shard, filled.memory.source.offsets)
        defer { shared.pipeline.plan.crashMarker?.release(lane: core.index) }
        let (work, admission) = work(on: batch, bytes: bytes, &core, now)
        batches[work.number] = work
        shared.observer.observe(.admitted(shard, records: filled.count))
        step(.admitted(admission), &core, now)
    }

    /// What a record costs beside its bytes: librdkafka's message object and our descriptors.
    private static let recordOverhead = 384
    /// A batch that waits longer than this is copied out, as each of its messages pins a whole fetch response.
    private static let pinLimit: Int64 = 1_000

    /// Copies out what has waited long with nothing under way.
    func unpinIdleBatches(_ shared: LaneShared, _ now: Int64) {
        for number in Array(batches.keys) {
            // Asked in place: any other reference to the batch would be taken for a delivery's.
            guard let since = batches[number]?.pinnedSince, now - since >= ShardRunner.pinLimit,
                batches[number]?.isIdle() == true
            else { continue }
            batches[number] = batches[number]?.detached(shared.credit)
        }
    }

    /// Forgets records that were read but not admitted, and reads them again.
    func discard(_ filled: FillingBatch, rewindTo offset: Int64, _ core: inout LaneCore, _ now: Int64) {
        core.shared.memory.give(filled.memory)
        _ = reader.detach()
        rewind(to: offset, &core, now)
    }

    /// Reads again from `offset`.
    func rewind(to offset: Int64, _ core: inout LaneCore, _ now: Int64) {
        if let filled = filling {
            filling = nil
            core.shared.memory.give(filled.memory)
        }
        _ = reader.detach()
        do {
            try reader.rewind(to: offset)
            isAstray = false
        } catch {
            isAstray = true
            pauseReading(error.message, &core, now)
        }
    }

    private func meet(_ error: ReadProblem, _ core: inout LaneCore, _ now: Int64) {
        _ = reader.detach()
        let expected = machine.position.offset
        switch error {
        case .outOfRange(let first, _) where first > expected:
            core.shared.observer.observe(.lost(shard, offsets: expected..<first))
            if core.shared.pipeline.plan.parksOnGap {
                isParkedByPolicy = true
                return
            }
            rewind(to: first, &core, now)
            pass(to: first, &core, now)
        case .outOfRange(_, let message), .other(let message):
            // Read on from the same place once the source is well: nothing was admitted.
            pauseReading(message, &core, now)
            rewind(to: expected, &core, now)
        }
    }

    /// The last offsets hold no record: the checkpoint passes them, as it would with a record behind. Else they would look
    /// like a lag to others, and like a loss once they have expired.
    private func passEmptyEnd(_ core: inout LaneCore, _ now: Int64) {
        let position = machine.position.offset
        guard let empty = reader.emptyEnd, empty.lowerBound <= position, position < empty.upperBound else { return }
        switch continuity.judge(emptyEnd: position..<empty.upperBound) {
        case .take, .found: pass(to: empty.upperBound, &core, now)
        case .hole(let offsets):
            accept(offsets, core)
            pass(to: empty.upperBound, &core, now)
        case .seekBack(let offset): rewind(to: offset, &core, now)
        }
    }

    /// The log has holes of its own.
    private func accept(_ offsets: Range<Int64>, _ core: borrowing LaneCore) {
        core.shared.topicsWithHoles.withLock { _ = $0.insert(shard.topic) }
        core.shared.observer.observe(.hole(shard, offsets: offsets))
    }

    /// There is no record between the position and `offset`, and never will be. The checkpoint passes it once all before is
    /// safe, whether or not a record follows: else the same loss would be told at every start.
    private func pass(to offset: Int64, _ core: inout LaneCore, _ now: Int64) {
        let place = Position(offset: offset)
        guard machine.takes(from: place) else { return }
        step(
            .admitted(Admission(batch: nextBatch(), first: place, next: place, records: RecordRun())), &core, now)
    }

    private func pauseReading(_ message: String, _ core: inout LaneCore, _ now: Int64) {
        if problem == nil { problemSince = now }
        if problem != message { core.shared.observer.observe(.unreadable(shard, message)) }
        problem = message
        readAgainAt = now + 1000
        core.wake(at: now + 1000)
    }
}
