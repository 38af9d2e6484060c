import Millrace
import MillraceMachines
import Platform

/// What the shards of a lane share, on the lane's thread.
struct LaneCore {
    /// A timer of a shard, or of a fault domain; without a name it only wakes the lane.
    struct Timer {
        let slot: Int
        let generation: Int
        let id: TimerID?
    }

    let index: Int
    let shared: LaneShared
    let mailbox: Mailbox
    var sinks: [any SinkLane] = []
    var timers = TimerHeap<Timer>()
    var work: BatchWork
    var random = SplitMix64.seededBySystem()
    /// What steps have told of fault domains, with the slot of the teller; the lane passes it on.
    var news: [(domain: Int, DomainNews, teller: Int?)] = []
    /// The slots of shards that have ended.
    var closed: [Int] = []
    /// Why shards did not follow an operator's command, until the lane has answered it.
    var refusals: [String] = []
    /// The books of shards that have ended.
    var finished: WorkerSnapshot
    /// How many shards wait in each domain, to keep the lane's mask of them.
    private var waiters: [Int]

    init(index: Int, shared: LaneShared, mailbox: Mailbox) {
        self.index = index
        self.shared = shared
        self.mailbox = mailbox
        work = BatchWork(shared.pipeline)
        finished = WorkerSnapshot(sinks: shared.pipeline.sinks.count)
        waiters = Array(repeating: 0, count: shared.pipeline.sinks.count)
    }

    /// The lane takes a turn at `time` at the latest: nothing else would wake it.
    mutating func wake(at time: Int64) { timers.add(time, Timer(slot: -1, generation: 0, id: nil)) }

    /// A shard's waiting in domains changed from `old` to `new`. Call it under the lock of the domains.
    mutating func changeWaiting(from old: UInt64, to new: UInt64) {
        guard old != new else { return }
        var mask: UInt64 = 0
        for domain in waiters.indices {
            let bit = LaneShared.bit(domain)
            if old & bit != 0 { waiters[domain] -= 1 }
            if new & bit != 0 { waiters[domain] += 1 }
            if waiters[domain] > 0 { mask |= bit }
        }
        shared.setWaiting(lane: index, mask: mask)
    }
}
