import MillraceMachines

/// A sink of the simulated world.
package struct SinkPlan: Sendable {
    package var isRequired = true
    package var mode = StageSpec.Mode.ordered
    /// It accepts first, and makes durable later.
    package var isBuffered = false
    package var maxLag: Int?
    package var domain = 0
    /// Records of thousand that it never takes, and records of thousand that are not for it.
    package var bad = 0
    package var filtered = 0

    package init() {}
}

/// What goes wrong, and when.
package struct Fault: Sendable {
    package enum Kind: Sendable {
        /// A sink answers nothing but failures of a class.
        case outage(sink: Int, FailureKind, for: Int)
        /// A sink takes nothing.
        case full(sink: Int, for: Int)
        /// A buffered sink loses what it has accepted.
        case loss(sink: Int, shard: Int)
        /// The DLQ cannot be written.
        case letters(for: Int)
        /// The broker takes a shard back, and says so.
        case revoke(shard: Int, grace: Int, to: Int)
        /// The shard is another worker's, and the old one hears of it late.
        case lose(shard: Int, hears: Int, to: Int)
        /// The shard is assigned anew to the worker that has it.
        case reassign(shard: Int)
        case crash(worker: Int, for: Int)
        case drain(shard: Int, grace: Int, to: Int)
        case pause(shard: Int, sink: Int?, for: Int)
        case skip(shard: Int, ahead: Int)
        case resolve(shard: Int, sink: Int, poison: Bool)
        case clock(jump: Int)
        /// The log's start moves up to the shard's committed offset and beyond.
        case retention(shard: Int, beyond: Int)
        /// The log's start moves up to what the shard's owner reads next, or `behind` before it: past what it holds.
        case overrun(shard: Int, behind: Int)
    }

    /// The classes that an outage answers with.
    package enum FailureKind: Sendable { case transient, rejected, fatal }

    package var at: Int
    package var kind: Kind

    package init(at: Int, _ kind: Kind) {
        self.at = at
        self.kind = kind
    }
}

/// Everything that a seed stands for: a world, and what goes wrong in it. Running it twice gives the same run.
package struct Plan: Sendable {
    package var seed: UInt64
    package var shards = 1
    package var workers = 1
    package var offsets = 20
    package var sinks: [SinkPlan] = [SinkPlan()]
    package var domains = 1
    package var batch = 4
    package var recordBytes = 100
    /// Batches in the pool of credit beside the one that each shard is guaranteed.
    package var pool = 2
    package var threshold = 2
    package var recovery = 1000
    package var unwitnessed = 3
    package var maxAttempts = 3
    package var oversize = Oversize.reference
    /// `dead_letter.expire`.
    package var expire: Int?
    /// `dead_letter: park`: no letter is ever written.
    package var isParking = false
    /// Of thousand deliveries: fail though nothing is wrong; fail after they landed. Of thousand letters: the same.
    package var flaky = 0
    package var ambiguous = 0
    package var flakyLetters = 0
    /// Of thousand offsets: missing; aggregates; dead in a transform; too large for the DLQ.
    package var holes = 0
    package var aggregates = 0
    package var dead = 0
    package var large = 0
    /// The longest time that a sink takes to act, and again to answer.
    package var delay = 20
    /// Offsets readable at the start, and the time until each further one is.
    package var backlog = 20
    package var pace = 5
    /// When faults end and the world must come to rest.
    package var horizon = 4000
    package var faults: [Fault] = []

    package init(seed: UInt64) { self.seed = seed }
}

extension Plan {
    /// The world of a seed.
    package static func drawn(_ seed: UInt64) -> Plan {
        var plan = Plan(seed: seed)
        let dice = Dice(seed: seed)
        func pick(_ salt: UInt64, _ values: [Int]) -> Int { values[dice.roll(1000 + salt).below(values.count)] }

        plan.shards = pick(1, [1, 1, 2, 2, 3, 4, 6])
        plan.workers = pick(2, [1, 1, 2])
        plan.offsets = pick(3, [6, 12, 20, 30])
        plan.batch = pick(4, [1, 2, 4, 6, 9])
        plan.pool = pick(5, [0, 1, 2, 6])
        plan.threshold = pick(6, [1, 2, 3, 5])
        plan.recovery = pick(7, [200, 1000, 3000])
        plan.unwitnessed = pick(8, [0, 1, 3])
        plan.maxAttempts = pick(9, [1, 2, 3])
        plan.oversize = pick(10, [0, 0, 1]) == 0 ? .reference : .wait
        plan.isParking = pick(11, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) == 1
        plan.flaky = pick(12, [0, 0, 50, 200])
        plan.ambiguous = pick(13, [0, 0, 300])
        plan.flakyLetters = pick(14, [0, 0, 200])
        plan.holes = pick(15, [0, 0, 150])
        plan.aggregates = pick(16, [0, 0, 0, 200])
        plan.dead = pick(17, [0, 0, 80])
        plan.large = pick(18, [0, 0, 300])
        plan.delay = pick(19, [2, 20, 100])
        plan.backlog = pick(20, [0, 6, 30])
        plan.pace = pick(21, [1, 20, 60])
        let count = pick(22, [1, 1, 2, 2, 3])
        plan.expire = [nil, nil, nil, 300, 2000][pick(25, [0, 1, 2, 3, 4])]
        plan.domains = pick(23, [0, 0, 1]) == 1 ? 1 : count
        plan.sinks = (0..<count).map { plan.sink($0, dice) }
        plan.faults = (0..<pick(24, [0, 2, 5, 10, 20])).map { plan.fault($0, dice) }
        if pick(25, [0, 0, 0, 0, 1]) == 1 { plan.faults += plan.overruns(dice) }
        plan.faults.sort { $0.at < $1.at }
        return plan
    }

    /// The log's start overtakes the reader, and what sinks have accepted is lost at the same time: read again it is gone.
    private func overruns(_ dice: Dice) -> [Fault] {
        (0..<3).flatMap { index -> [Fault] in
            func pick(_ salt: UInt64, _ bound: Int) -> Int { dice.roll(1300 + salt, index).below(bound) }
            let (at, shard) = (pick(1, horizon), pick(2, shards))
            return [Fault(at: at, .overrun(shard: shard, behind: pick(3, 4)))]
                + sinks.indices.map { Fault(at: at, .loss(sink: $0, shard: shard)) }
        }
    }

    private func sink(_ index: Int, _ dice: Dice) -> SinkPlan {
        var sink = SinkPlan()
        func pick(_ salt: UInt64, _ values: [Int]) -> Int { values[dice.roll(1100 + salt, index).below(values.count)] }
        sink.isRequired = index == 0 || pick(1, [0, 1]) == 0
        sink.domain = domains == 1 ? 0 : index
        switch pick(2, [0, 0, 1, 1, 2]) {
        case 0: sink.mode = .ordered
        case 1: sink.mode = .pipelined(pick(3, [2, 3, 4]))
        default: sink.mode = .unordered(pick(3, [2, 3, 4]))
        }
        sink.isBuffered = pick(4, [0, 0, 1]) == 1
        sink.maxLag = sink.isRequired ? nil : pick(5, [200, 600, 2000])
        sink.bad = pick(6, [0, 40, 120, 400])
        sink.filtered = pick(7, [0, 0, 250])
        return sink
    }

    private func fault(_ index: Int, _ dice: Dice) -> Fault {
        func pick(_ salt: UInt64, _ bound: Int) -> Int { dice.roll(1200 + salt, index).below(bound) }
        let (sink, shard, to) = (pick(1, sinks.count), pick(2, shards), pick(3, workers))
        let time = [20, 200, 1000, 2500][pick(4, 4)]
        let kind: Fault.Kind =
            switch pick(5, 24) {
            case 0...2: .outage(sink: sink, .transient, for: time)
            case 3, 4: .outage(sink: sink, .rejected, for: time)
            case 5: .outage(sink: sink, .fatal, for: time)
            case 6: .full(sink: sink, for: time)
            case 7, 8: .loss(sink: sink, shard: shard)
            case 9, 10: .letters(for: time)
            case 11...13: .revoke(shard: shard, grace: [0, 10, 500][pick(6, 3)], to: to)
            case 14: .lose(shard: shard, hears: time, to: to)
            case 15: .reassign(shard: shard)
            case 16, 17: .crash(worker: to, for: time)
            case 18: .drain(shard: shard, grace: [10, 3000][pick(6, 2)], to: to)
            case 19: .pause(shard: shard, sink: pick(7, 2) == 0 ? nil : sink, for: time)
            case 20: .skip(shard: shard, ahead: pick(8, 3))
            case 21: .resolve(shard: shard, sink: sink, poison: pick(9, 2) == 0)
            case 22: .clock(jump: [500, 5000][pick(10, 2)])
            default: .retention(shard: shard, beyond: pick(11, 4))
            }
        return Fault(at: pick(12, horizon), kind)
    }
}
