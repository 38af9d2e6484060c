import Kafka
import Millrace
import Platform

/// Giving shards back.
extension SourceControl {
    func beginRevoke(lost: Bool, again: [TopicPartition] = []) {
        arriving = nil
        if lost {
            // No shards are no lag: without a word of it a worker that nobody lets in would count as ready.
            let words = "group \(settings.group) has given this worker's shards away, and it is joining again"
            source.view.withLock { $0.exclusion = words }
        }
        if let revoke {
            // The group takes back what we meant to read again.
            self.revoke = Revoke(
                shards: revoke.shards, lost: revoke.lost || lost, deadline: revoke.deadline, again: [])
            return
        }
        let now = MonotonicClock.milliseconds()
        let shards = book.shards
        revoke = Revoke(shards: shards, lost: lost, deadline: now + settings.revoke, again: again)
        note(
            .info, "revoking",
            [("shards", ShardNames.text(shards)), ("lost", String(lost)), ("budget", "\(settings.revoke)ms")])
        owner.revoke(shards, deadline: now + settings.revoke, lost: lost)
    }

    /// Commits and gives back once every shard of the revoke has ended, or well past the deadline: the owner keeps to it,
    /// but a lane that stands still must not hold up the group.
    func finishRevoke(_ consumer: KafkaConsumer, _ now: Int64) {
        guard let revoke, book.areReleased(revoke.shards) || now >= revoke.deadline + 2000 else { return }
        if !revoke.lost { commitAndWait(consumer, revoke.shards, timeout: .seconds(3)) }
        do { try consumer.unassign() } catch { note(.warn, "unassign-failed", [("error", error.message)]) }
        book.forget(revoke.shards)
        pacer?.setPartitions([])
        committing = nil
        note(.info, "released", [("shards", ShardNames.text(revoke.shards))])
        stalls = [:]
        self.revoke = nil
        if !revoke.again.isEmpty { arriving = (revoke.again, 0) }
    }

    /// How long the farewell may take, milliseconds. The group is told at once; but a client that has read a topic which was
    /// deleted never gets done with freeing itself, and nobody is to wait for that.
    private static let farewell: Int64 = 5_000

    /// The end: commits, leaves the group and frees the client; whether the last commit was confirmed.
    func leave(_ consumer: KafkaConsumer) -> Bool {
        let deadline = stopDeadline ?? MonotonicClock.milliseconds()
        let left = max(1000, deadline - MonotonicClock.milliseconds())
        let isCommitted = commitAndWait(consumer, nil, timeout: .milliseconds(left))
        do { try consumer.unassign() } catch { note(.warn, "unassign-failed", [("error", error.message)]) }
        _ = pacer?.stop(within: .seconds(1))
        if consumer.close(timeout: .milliseconds(min(max(1000, left), SourceControl.farewell))) == .timedOut {
            note(.warn, "close-timed-out", [("group", settings.group)])
        }
        return isCommitted
    }
}
