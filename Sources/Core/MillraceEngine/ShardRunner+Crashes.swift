import Millrace
import MillraceMachines
import Platform

/// A record that the process died of: suspects are read one by one, and the one that is found is left alone.
extension ShardRunner {
    /// The limits of the next batch.
    func limits(_ plan: PipelinePlan) -> PipelinePlan.BatchLimits {
        var limits = plan.batch
        if isCrawling || burial != nil {
            limits.records = 1
        } else if let cap = suspects?.limit(from: machine.position.offset) {
            limits.records = min(limits.records, cap)
        }
        return limits
    }

    /// Takes what is suspected from the marker and says so.
    func suspect(_ core: borrowing LaneCore) {
        suspects = core.shared.pipeline.plan.crashMarker?.suspects(of: shard)
        guard let suspects else { return }
        core.shared.observer.observe(
            .killedProcess(shard, offsets: suspects.offsets, deaths: suspects.deaths, isParked: false))
    }

    /// What stands between `filled` and the work on it; true when it was given back. A batch that holds the record that was
    /// found is read again up to it; where it stands first the shard stops, until somebody gives it up.
    func holdsBack(_ filled: FillingBatch, _ core: inout LaneCore, _ now: Int64) -> Bool {
        guard let suspects, suspects.isFound, burial == nil else { return false }
        let source = filled.memory.source
        let bad = suspects.offsets.lowerBound
        guard source[0].offset <= bad, source[source.count - 1].offset >= bad else { return false }
        let isFirst = source[0].offset == bad
        isCrawling = !isFirst
        discard(filled, rewindTo: machine.position.offset, &core, now)
        if isFirst { park(at: bad, core) }
        return true
    }

    private func park(at offset: Int64, _ core: borrowing LaneCore) {
        isParkedByPolicy = true
        isParkedByCrash = true
        core.shared.observer.observe(
            .killedProcess(shard, offsets: offset..<offset + 1, deaths: suspects?.deaths ?? 3, isParked: true))
    }

    /// An operator gives up the record that the shard is parked at: it is read once more, and buried unseen by transforms
    /// and sinks. False when it is not parked at that one.
    func bury(_ offset: Int64, reason: String, _ core: inout LaneCore, _ now: Int64) -> Bool {
        guard isParkedByCrash, suspects?.offsets.lowerBound == offset else { return false }
        guard case .write = core.shared.pipeline.plan.deadLetters else {
            core.refusals.append("\(shard): dead_letter is park")
            return true
        }
        burial = reason
        isParkedByPolicy = false
        isParkedByCrash = false
        core.wake(at: now)
        return true
    }

    /// What is to be admitted of a batch: a dead letter, where its one record is to be buried, else what the chains make.
    func work(
        on batch: Batch, bytes: Int, _ core: inout LaneCore, _ now: Int64
    ) -> (work: WorkBatch, admission: Admission) {
        let number = nextBatch()
        if let reason = burial, batch.memory.source[0].offset == suspects?.offsets.lowerBound {
            burial = nil
            absolve(core.shared.pipeline.plan.crashMarker)
            return core.work.bury(batch, number: number, bytes: bytes, now: now, reason: reason)
        }
        return core.work.run(batch, number: number, bytes: bytes, now: now)
    }

    /// The suspects are safe: whatever killed the process, it is none of them.
    func absolveWhatIsSafe(_ marker: CrashMarker?) {
        guard let suspects, machine.checkpoint.offset >= suspects.offsets.upperBound else { return }
        absolve(marker)
    }

    private func absolve(_ marker: CrashMarker?) {
        suspects = nil
        isCrawling = false
        marker?.clear(shard)
    }
}
