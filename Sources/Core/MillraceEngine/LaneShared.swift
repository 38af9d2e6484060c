import Millrace
import MillraceMachines
import Platform
import Synchronization

/// What all lanes share. Thread safe.
final class LaneShared: Sendable {
    let pipeline: Pipeline
    let source: any Source
    let observer: any Observer
    let credit: CreditPool
    let memory: BatchPool
    /// Breakers and rows, one a sink: a lane locks them all for one step of a machine (a few microseconds, a few times a
    /// batch), which keeps a step's view of them whole without any order of locks.
    let domains: Locked<[FaultDomain]>
    /// For each lane, a bit for each domain that a shard of it waits in. Written under the lock of `domains`, so that
    /// whoever changed a domain sees every lane that waited before the change; who comes later sees the change.
    private let waiting: [WaitMask]
    /// Topics whose holes are known to be the log's own, until the next assignment.
    let topicsWithHoles = Locked<Set<String>>([])
    /// What operators hold: a shard that is assigned later is held as well.
    let holds = Locked<Set<Hold>>([])
    /// Shards that have not been released yet.
    let openShards = Atomic<Int>(0)
    /// Records that were handed back undone, or are still undone when the worker ends.
    let undone = Atomic<Int>(0)
    private let slots = Atomic<Int>(0)
    private let others: Locked<[Mailbox]> = Locked([])

    init(pipeline: Pipeline, source: any Source, observer: any Observer, lanes: Int) {
        self.pipeline = pipeline
        self.source = source
        self.observer = observer
        credit = CreditPool(bytes: pipeline.plan.batchMemory)
        memory = BatchPool(limit: 64 << 20)
        domains = Locked(pipeline.freshDomains())
        waiting = (0..<lanes).map { _ in WaitMask() }
    }

    /// A name for a shard's assignment that no other ever has.
    func nextSlot() -> Int { slots.add(1, ordering: .relaxed).newValue }

    /// `mailbox` is the next lane's.
    func register(_ mailbox: Mailbox) {
        others.withLock { $0.append(mailbox) }
        credit.register(mailbox)
    }

    /// Says, under the lock of ``domains``, which domains lane `lane` waits in.
    func setWaiting(lane: Int, mask: UInt64) { waiting[lane].bits.store(mask, ordering: .relaxed) }

    /// Tells every lane but `lane` whose shards wait in `domain`.
    func tell(except lane: Int, domain: Int, _ news: DomainNews) {
        others.withLock { mailboxes in
            for (index, mailbox) in mailboxes.enumerated() where index != lane {
                if waiting[index].bits.load(ordering: .relaxed) & LaneShared.bit(domain) != 0 {
                    mailbox.post(.news(domain: domain, news))
                }
            }
        }
    }

    /// The bit of `domain`; domains beyond the 64th share bits, which costs a needless message and no correctness.
    static func bit(_ domain: Int) -> UInt64 { 1 << UInt64(domain % 64) }
}

/// One lane's bits, in a class of its own because atomics cannot lie in arrays.
private final class WaitMask: Sendable {
    let bits = Atomic<UInt64>(0)
}
