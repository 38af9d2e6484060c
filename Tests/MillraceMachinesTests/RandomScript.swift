import Millrace
import MillraceMachines

/// A random but possible history of one shard: its sinks, its DLQ, its timers, its operator and its owners.
///
/// The events follow the machine's own actions; what the machine did with them is recorded step by step, in the words of
/// `Tests/Vectors/drive.py`, to be compared with the specification.
struct RandomScript {
    struct Step {
        let event: JSONValue
        let observed: JSONValue
    }

    struct Delivery {
        let sink: String
        let number: Int
        var records: [Int]
        let epoch: Int
    }

    struct Outstanding {
        let place: String
        let record: Int
        let epoch: Int
    }

    let seed: UInt64
    let config: JSONValue
    private(set) var steps: [Step] = []
    /// What the machine did that no machine may do, whatever the specification says.
    private(set) var faults: [String] = []

    var random: SplitMix64
    var machine: TracedMachine
    var now = 0
    var batch = 0
    var flying: [Delivery] = []
    var accepted: [Delivery] = []
    var letters: [Outstanding] = []
    var timers: [(name: String, epoch: Int)] = []
    var full: Set<String> = []
    var saved: [(checkpoint: Position, cursors: [Cursor])] = [(Position(offset: 0), [])]
    var held: Set<Int> = []
    var lagging: Set<Int> = []

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(seed: seed)
        config = Self.config(&random)
        machine = TracedMachine(config: config)
        assign()
        for _ in 0..<Int.random(in: 50...300, using: &random) { move() }
    }

    static func config(_ random: inout SplitMix64) -> JSONValue {
        var sinks: [String: JSONValue] = [:]
        let names = ["a", "b", "c"].prefix(Int.random(in: 1...3, using: &random))
        let shared = random.once(in: 3)
        for name in names {
            let mode = ["ordered", "pipelined", "unordered"].randomElement(using: &random) ?? "ordered"
            var sink: [String: JSONValue] = [
                "mode": .string(mode), "window": .int(mode == "ordered" ? 1 : Int.random(in: 1...4, using: &random)),
            ]
            if shared { sink["domain"] = "d" }
            if name != "a", random.once(in: 2) {
                sink["required"] = false
                if !random.once(in: 3) { sink["max_lag"] = .int(Int.random(in: 0...8, using: &random)) }
            }
            sinks[name] = .object(sink)
        }
        var retry: [String: JSONValue] = ["max_attempts": .int(Int.random(in: 1...4, using: &random))]
        if random.once(in: 4) { retry["max_age"] = .int(Int.random(in: 0...500, using: &random)) }
        let expire: JSONValue = random.once(in: 3) ? .int(Int.random(in: 0...2000, using: &random)) : .null
        return [
            "sinks": .object(sinks), "retry": .object(retry), "credit": .int(Int.random(in: 1...4, using: &random)),
            "breaker": [
                "failure_threshold": .int(Int.random(in: 1...3, using: &random)), "recovery_timeout": 60_000,
            ],
            "unwitnessed": .int(Int.random(in: 0...3, using: &random)),
            "oversize": random.once(in: 2) ? "reference" : "wait", "expire": expire,
            "aggregates": random.once(in: 3) ? 3 : 1,
        ]
    }
}

// MARK: - Feeding

extension RandomScript {
    var names: [String] { machine.names }
    var epoch: Int { machine.machine.epoch }

    mutating func feed(_ name: String, epoch: Int? = nil, _ fields: [String: JSONValue] = [:]) {
        if random.once(in: 3) { now += Int.random(in: 0...300, using: &random) }
        var event = fields
        event["ev"] = .string(name)
        event["epoch"] = .int(epoch ?? max(1, self.epoch))
        event["now"] = .int(now)
        if random.once(in: 4) { event["jitter"] = .double(Double.random(in: 0...1, using: &random)) }
        let decisions = machine.step(.object(event))
        steps.append(Step(event: .object(event), observed: observed(decisions)))
        check(event)
        obey()
    }

    func observed(_ decisions: JSONValue) -> JSONValue {
        var out = decisions.object ?? [:]
        var (tell, submits, attempts): ([JSONValue], [JSONValue], [JSONValue]) = ([], [], [])
        for action in machine.actions {
            switch action {
            case .tell(let domain, let news):
                tell.append([.string(machine.domainNames[domain]), .string(Self.word(news))])
            case .submit(let submission):
                submits.append([
                    .string(names[submission.stage.index]), .int(submission.delivery), .int(submission.heard),
                ])
            case .deadLetter(let letter):
                attempts.append([
                    .string(machine.name(letter.key.place)), .int(machine.name(letter.key.record)),
                    .int(letter.attempts),
                ])
            case .advance: out["advance"] = true
            default: break
            }
        }
        out["advance"] = out["advance"] ?? false
        out["tell"] = .array(tell)
        out["submits"] = .array(submits)
        out["attempts"] = .array(attempts)
        out["books"] = machine.books()
        out["cursors"] = .object(
            Dictionary(uniqueKeysWithValues: zip(names, machine.machine.cursors).map { ($0, saved($1)) }))
        out["position"] = machine.offset(machine.machine.position)
        out["ready"] = .bool(machine.machine.isReady && machine.creditAvailable)
        return .object(out)
    }

    static func word(_ news: DomainNews) -> String {
        switch news {
        case .accepted: "accepted"
        case .failed: "failed"
        case .opened: "opened"
        case .halfOpen: "half_open"
        case .closed: "closed"
        }
    }

    func saved(_ cursor: Cursor) -> JSONValue {
        let done = cursor.done.map { range -> JSONValue in
            [machine.offset(range.lowerBound), machine.offset(range.upperBound)]
        }
        return [machine.offset(cursor.low), .array(done)]
    }

    /// Does what the machine says, as far as the world has to remember it.
    mutating func obey() {
        var submitted: [Delivery] = []
        for action in machine.actions {
            switch action {
            case .submit(let submission):
                let name = names[submission.stage.index]
                submitted.append(
                    Delivery(
                        sink: name, number: submission.delivery, records: submission.records.map { machine.name($0) },
                        epoch: epoch))
            case .deadLetter(let letter):
                letters.append(
                    Outstanding(
                        place: machine.name(letter.key.place), record: machine.name(letter.key.record), epoch: epoch))
            case .schedule(let timer, _):
                let name = machine.name(timer)
                timers.removeAll { $0.name == name }
                timers.append((name, epoch))
            case .advance: saved.append((machine.machine.checkpoint, machine.machine.cursors))
            case .closed:
                accepted = []
                full = []
                saved.append((machine.machine.checkpoint, machine.machine.cursors))
            default: break
            }
        }
        flying += submitted
        if let first = submitted.randomElement(using: &random), random.once(in: 10) { fill(first) }
    }

    /// The sink of `delivery` takes only a part of it, and nothing submitted after it.
    mutating func fill(_ delivery: Delivery) {
        let taken = Int.random(in: 0..<delivery.records.count, using: &random)
        flying.removeAll {
            $0.epoch == delivery.epoch && $0.sink == delivery.sink
                && ($0.number > delivery.number || $0.number == delivery.number && taken == 0)
        }
        for index in flying.indices where flying[index].sink == delivery.sink && flying[index].number == delivery.number
        {
            flying[index].records = Array(delivery.records.prefix(taken))
        }
        full.insert(delivery.sink)
        feed("full", ["sink": .string(delivery.sink), "delivery": .int(delivery.number), "taken": .int(taken)])
    }
}

// MARK: - What no machine may do

extension RandomScript {
    mutating func fault(_ text: String) {
        faults.append("step \(steps.count - 1): \(text)")
    }

    /// Bytes are used while they are held only, and the books balance.
    mutating func check(_ event: [String: JSONValue]) {
        for action in machine.actions {
            switch action {
            case .submit(let submission):
                let isRequired = config["sinks"]?[names[submission.stage.index]]?["required"]?.bool ?? true
                let isHeld = held.contains(submission.batch) || !isRequired && lagging.contains(submission.batch)
                if !isHeld { fault("submit of batch \(submission.batch), which is not held") }
            case .deadLetter(let letter):
                if !held.contains(letter.batch), !lagging.contains(letter.batch) {
                    fault("letter of batch \(letter.batch), which is not held")
                }
            case .release(let batch, let isLagging):
                if held.remove(batch) == nil { fault("batch \(batch) is released but was not held") }
                if isLagging { lagging.insert(batch) }
            case .forget(let batch):
                if lagging.remove(batch) == nil { fault("batch \(batch) is forgotten but did not lag") }
            default: break
            }
        }
        if held.count != machine.machine.heldBatches {
            fault("\(held.count) held, \(machine.machine.heldBatches) said")
        }
        if machine.machine.state == .closed, !held.isEmpty || !lagging.isEmpty { fault("closed with batches held") }
        for (name, books) in machine.books().object ?? [:] {
            let read = books["read"]?.int ?? 0
            let sum = (books.object ?? [:]).values.compactMap(\.int).reduce(0, +) - read
            if read != sum { fault("the books of \(name) do not balance: \(books)") }
        }
    }
}
