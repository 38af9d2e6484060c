import Millrace
import MillraceMachines

/// A process: what its shards share, and what is lost with it.
final class Worker {
    let index: Int
    var isAlive = true
    var machines: [ShardMachine]
    var domains: [FaultDomain]
    /// By shard.
    var tenures: [Tenure?]
    /// By domain: innocent records given up in a row.
    var innocent: [Int]
    var batches = 0
    /// The bytes of all batches whose credit is in use.
    var bytes = 0
    /// By domain: a timer that was replaced does not run out.
    var breakerTimers: [Int]

    init(_ index: Int, _ plan: Plan) {
        self.index = index
        let retry = RetryPolicy(maxAttempts: plan.maxAttempts, baseDelay: 20, maxDelay: 400)
        let stages = plan.sinks.enumerated().map {
            StageSpec(
                name: "\($0.offset)", isRequired: $0.element.isRequired, mode: $0.element.mode,
                maxLag: $0.element.maxLag, domain: $0.element.domain, retry: retry)
        }
        machines = (0..<plan.shards).map {
            ShardMachine(
                shard: $0, stages: stages, deadLetterRetry: RetryPolicy(baseDelay: 20, maxDelay: 400),
                oversize: plan.oversize, expire: plan.expire.map(Milliseconds.init))
        }
        domains = Array(
            repeating: FaultDomain(
                failureThreshold: plan.threshold, recoveryTimeout: Milliseconds(plan.recovery),
                unwitnessed: plan.unwitnessed), count: plan.domains)
        tenures = Array(repeating: nil, count: plan.shards)
        innocent = Array(repeating: 0, count: plan.domains)
        breakerTimers = Array(repeating: 0, count: plan.domains)
    }
}

/// The time from an assignment of a shard to its end, as the world sees it.
final class Tenure {
    /// A sink's end of the shard.
    struct Channel {
        /// Failures and losses it has told of.
        var told = 0
        /// When it acted last, and when it answered last.
        var acted = 0
        var answered = 0
        /// Accepted and not durable.
        var buffer: [(delivery: Int, index: Int)] = []
        /// What the machine may still expect an answer for.
        var open: [Int: [Int]] = [:]
        /// Accepted, by delivery: the machine's answerable records.
        var owned: [Int: [Int]] = [:]
        /// Records that the machine has for the sink and is not done with.
        var inHand: Set<Int> = []
        /// Open deliveries whose answer will not be used: they stood behind a loss.
        var gone: Set<Int> = []
        var isFull = false
        var isAbandoned = false
        /// It was abandoned and lost a request: it makes none of the later ones.
        var isCut = false
        var settles = false
        var isVouched = false
        /// When a record failed first, by record.
        var troubled: [Int: Int] = [:]
        var delivered = 0
        var abandoned = 0
        var letters = 0
        /// By record.
        var acknowledged: [Bool]
        var done: [Range<Position>] = []
        /// Its cursor's watermark was judged up to here.
        var low: Position
    }

    /// A letter that the machine waits for.
    struct Sent {
        var form: Letter.Form
        var isAnswered = false
        var isWritten = false
    }

    let worker: Worker
    let shard: Int
    let epoch: Int
    /// Its claim, in the eyes of the broker.
    let generation: Int
    var channels: [Channel]
    var timers: [TimerID: Int] = [:]
    var clock = 0
    /// Batches whose credit is in use, and those that only an optional sink needs: the range of records.
    var held: [Int: Range<Int>] = [:]
    var lagging: [Int: Range<Int>] = [:]
    var letters: [LetterKey: Sent] = [:]
    var checkpoint: Position
    var isDirty = false
    var isClosed = false
    var commits = false
    var reads = false
    var wasSkipped = false
    /// Where it goes when it closes.
    var heir: Int?

    init(worker: Worker, shard: Int, epoch: Int, generation: Int, sinks: Int, records: Int, checkpoint: Position) {
        self.worker = worker
        self.shard = shard
        self.epoch = epoch
        self.generation = generation
        self.checkpoint = checkpoint
        channels = (0..<sinks).map { _ in
            Channel(acknowledged: Array(repeating: false, count: records), low: checkpoint)
        }
    }
}
