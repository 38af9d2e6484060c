import Millrace
import MillraceMachines

/// A machine in the words of the vectors: JSON events in, JSON decisions out (`Tests/Vectors/vectors/README.md`).
///
/// The vectors name records and positions by integers. With `aggregates` N in the configuration, N integers are an offset:
/// everything must be decided alike.
struct TracedMachine {
    let names: [String]
    let domainNames: [String]
    let credit: Int
    private let aggregates: Int
    var machine: ShardMachine
    var domains: [FaultDomain]
    /// The actions of the latest step.
    private(set) var actions: [ShardAction] = []

    init(config: JSONValue) {
        let sinks = (config["sinks"]?.object ?? [:]).sorted { $0.key < $1.key }
        let retry = RetryPolicy(
            maxAttempts: config["retry"]?["max_attempts"]?.int ?? 3, baseDelay: 100,
            maxDelay: Milliseconds(config["retry"]?["max_delay"]?.int ?? 1000),
            maxAge: (config["retry"]?["max_age"]?.int).map(Milliseconds.init))
        var domainNames: [String] = []
        var specs: [StageSpec] = []
        for (name, sink) in sinks {
            let domain = sink["domain"]?.string ?? name
            if !domainNames.contains(domain) { domainNames.append(domain) }
            let window = sink["window"]?.int ?? 1
            let mode: StageSpec.Mode =
                switch sink["mode"]?.string ?? "ordered" {
                case "pipelined": .pipelined(window)
                case "unordered": .unordered(window)
                default: .ordered
                }
            specs.append(
                StageSpec(
                    name: name, isRequired: sink["required"]?.bool ?? true, mode: mode, maxLag: sink["max_lag"]?.int,
                    domain: domainNames.firstIndex(of: domain) ?? 0, retry: retry))
        }
        let domain = FaultDomain(
            failureThreshold: config["breaker"]?["failure_threshold"]?.int ?? 2,
            recoveryTimeout: Milliseconds(config["breaker"]?["recovery_timeout"]?.int ?? 60_000),
            unwitnessed: config["unwitnessed"]?.int ?? 3)
        names = sinks.map(\.key)
        self.domainNames = domainNames
        credit = config["credit"]?.int ?? 4
        aggregates = config["aggregates"]?.int ?? 1
        domains = Array(repeating: domain, count: domainNames.count)
        machine = ShardMachine(
            shard: 0, stages: specs, deadLetterRetry: RetryPolicy(baseDelay: 100, maxDelay: 1000),
            oversize: config["oversize"]?.string == "wait" ? .wait : .reference,
            expire: (config["expire"]?.int).map(Milliseconds.init))
    }

    var creditAvailable: Bool { machine.heldBatches < credit }

    /// Feeds one event; the decisions.
    mutating func step(_ json: JSONValue) -> JSONValue {
        actions.removeAll(keepingCapacity: true)
        machine.step(
            event(json), epoch: json["epoch"]?.int ?? machine.epoch, now: Milliseconds(json["now"]?.int ?? 0),
            jitter: json["jitter"]?.double ?? 1, creditAvailable: creditAvailable, domains: &domains, actions: &actions)
        return decisions()
    }
}

// MARK: - Events

extension TracedMachine {
    private func stage(_ json: JSONValue?) -> StageID {
        StageID(names.firstIndex(of: json?.string ?? "") ?? 0)
    }

    func record(_ name: Int) -> RecordID {
        RecordID(
            offset: Int64(name / aggregates), sub: Int32(name % aggregates),
            isLast: name % aggregates == aggregates - 1)
    }

    func position(_ name: Int) -> Position {
        Position(offset: Int64(name / aggregates), sub: Int32(name % aggregates))
    }

    private func record(_ json: JSONValue?) -> RecordID { record(json?.int ?? 0) }

    private func position(_ json: JSONValue?) -> Position { position(json?.int ?? 0) }

    private func key(_ place: String, _ record: RecordID) -> LetterKey {
        LetterKey(names.firstIndex(of: place).map { .stage(StageID($0)) } ?? .pure(place), record)
    }

    private func event(_ json: JSONValue) -> ShardEvent {
        let stage = stage(json["sink"])
        let delivery = json["delivery"]?.int ?? 0
        let deadline = Milliseconds(json["deadline"]?.int ?? 0)
        switch json["ev"]?.string ?? "" {
        case "assigned":
            return .assigned(checkpoint: position(json["checkpoint"]), cursors: cursors(json))
        case "admitted": return .admitted(admission(json))
        case "full": return .full(stage, delivery: delivery, taken: json["taken"]?.int ?? 0)
        case "room": return .room(stage)
        case "accepted": return .accepted(stage, delivery: delivery)
        case "done": return .done(stage, delivery: delivery, failures: failures(json["failures"]))
        case "durable": return .durable(stage, through: record(json["through"]))
        case "lost": return .lost(stage, from: record(json["record"]))
        case "dlq": return .deadLetter(key(json["sink"]?.string ?? "", record(json["record"])), result(json["result"]))
        case "timer": return .timer(timer(json["timer"]?.string ?? ""))
        case "breaker":
            let domain = domainNames.firstIndex(of: json["domain"]?.string ?? "") ?? 0
            return .breaker(domain: domain, news(json["what"]?.string ?? ""))
        case "revoked": return .revoked(deadline: deadline)
        case "drain": return .drain(deadline: deadline)
        case "pause": return .pause(json["sink"] == nil ? nil : stage)
        case "resume": return .resume(json["sink"] == nil ? nil : stage)
        case "skip": return .skip(position(json["record"]), reason: json["reason"]?.string ?? "")
        case "resolve": return .resolve(stage, json["decision"]?.string == "retry" ? .retry : .poison)
        case let other: preconditionFailure("no such event: \(other)")
        }
    }

    private func cursors(_ json: JSONValue) -> [Cursor?] {
        names.map { name in
            guard let cursor = json["cursors"]?[name]?.array else { return nil }
            return Cursor(
                low: position(cursor[0]),
                done: (cursor[1].array ?? []).map { position($0.array?[0])..<position($0.array?[1]) })
        }
    }

    private func run(_ json: JSONValue?) -> RecordRun? {
        guard let names = json?.array?.compactMap(\.int) else { return nil }
        if aggregates == 1, let first = names.first, let last = names.last, last - first == names.count - 1 {
            return RecordRun(offsets: Int64(first)..<Int64(last + 1))
        }
        return RecordRun(names.map { record($0) })
    }

    private func admission(_ json: JSONValue) -> Admission {
        let records = run(json["records"]) ?? RecordRun()
        let portions = names.map { name in
            let routed = run(json["routes"]?[name])
            return Admission.Portion(records: routed, weight: (routed ?? records).count)
        }
        let dead = (json["dead"]?.array ?? []).compactMap(\.array).map {
            Admission.Dead(
                record: record($0[0]), place: $0[1].string ?? "", reason: $0[2].string ?? "", message: "\($0[0])")
        }
        return Admission(
            batch: json["batch"]?.int ?? 0, first: position(json["first"]), next: position(json["next"]),
            records: records, portions: portions, dead: dead)
    }

    private func failures(_ json: JSONValue?) -> [RecordFailure] {
        (json?.object ?? [:]).map { name, kind in
            let kinds: [String: FailureClass] = [
                "transient": .transient, "poison": .poison, "rejected": .rejected, "fatal": .fatal,
            ]
            let failure = Failure(kinds[kind.string ?? ""] ?? .untried, name)
            return RecordFailure(record(Int(name) ?? 0), failure)
        }
        .sorted { $0.record < $1.record }
    }

    private func result(_ json: JSONValue?) -> LetterResult {
        switch json?.string {
        case "ok": .written
        case "too_large": .tooLarge
        default: .transient
        }
    }

    private func news(_ what: String) -> DomainNews {
        switch what {
        case "accepted": .accepted(.max)  // the vectors mean: submitted after all failures
        case "failed": .failed
        case "opened": .opened
        case "half_open": .halfOpen
        default: .closed
        }
    }

    private func timer(_ name: String) -> TimerID {
        let parts = name.split(separator: ":").map(String.init)
        let last = record(Int(parts.last ?? "") ?? 0)
        switch parts[0] {
        case "retry": return .retry(stage(.string(parts[1])), last)
        case "suspect": return .suspect(stage(.string(parts[1])), last)
        case "expiry": return .expiry(stage(.string(parts[1])), last)
        case "dlq": return .letter(key(parts.dropFirst().dropLast().joined(separator: ":"), last))
        case "lost": return .loss(stage(.string(parts[1])))
        case "breaker": return .breaker(domain: domainNames.firstIndex(of: parts[1]) ?? 0)
        default: return .deadline
        }
    }
}

// MARK: - Decisions

extension TracedMachine {
    /// What the latest step decided, without the order of independent decisions.
    func decisions() -> JSONValue {
        var out: [String: JSONValue] = [:]

        func append(_ key: String, _ value: JSONValue) {
            out[key] = .array((out[key]?.array ?? []) + [value])
        }
        var submits: [String: JSONValue] = [:]
        var timers: [String: JSONValue] = [:]
        for action in actions {
            switch action {
            case .submit(let submission):
                let name = names[submission.stage.index]
                submits[name] = .array((submits[name]?.array ?? []) + [offsets(submission.records)])
                if submission.isProbe { append("probe", .string(name)) }
            case .deadLetter(let letter): append("dead_letter", described(letter))
            case .schedule(let timer, let delay): timers[name(timer)] = .int(Int(delay))
            case .abandoned(let stage, let span, _):
                append("abandoned", [.string(names[stage.index]), offset(span.lowerBound), offset(span.upperBound)])
            case .gap(let span): out["gap"] = [offset(span.lowerBound), offset(span.upperBound)]
            case .flush(let stage, _): append("flush", .string(names[stage.index]))
            case .abandon(let stage): append("abandon", .string(names[stage.index]))
            case .release(let batch, _): append("release", .int(batch))
            case .rewind(let position): out["rewind"] = offset(position)
            case .closed: out["closed"] = true
            case .refused: out["refused"] = true
            case .advance, .forget, .tell, .wait: break
            }
        }
        if !submits.isEmpty { out["submit"] = .object(submits) }
        if !timers.isEmpty { out["timers"] = .object(timers) }
        for key in ["dead_letter", "abandoned", "flush", "abandon", "release", "probe"] {
            if let values = out[key]?.array { out[key] = .array(values.sorted(by: Self.isOrdered)) }
        }
        out["checkpoint"] = offset(machine.checkpoint)
        out["waits"] = .object(waits())
        out["shard_waits"] = .string(shardWaits())
        return .object(out)
    }

    /// As Python compares lists of numbers and texts.
    private static func isOrdered(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.int(let left), .int(let right)): return left < right
        case (.string(let left), .string(let right)): return left < right
        case (.array(let left), .array(let right)):
            for (one, other) in zip(left, right) where one != other { return isOrdered(one, other) }
            return left.count < right.count
        default: return false
        }
    }

    func name(_ position: Position) -> Int { Int(position.offset) * aggregates + Int(position.sub) }

    func name(_ record: RecordID) -> Int { name(record.start) }

    func offset(_ position: Position) -> JSONValue { .int(name(position)) }

    private func offsets(_ run: RecordRun) -> JSONValue { .array(run.map { .int(name($0)) }) }

    func name(_ place: LetterKey.Place) -> String {
        switch place {
        case .stage(let stage): names[stage.index]
        case .pure(let name): name
        }
    }

    func name(_ timer: TimerID) -> String {
        switch timer {
        case .retry(let stage, let record): "retry:\(names[stage.index]):\(name(record))"
        case .suspect(let stage, let record): "suspect:\(names[stage.index]):\(name(record))"
        case .expiry(let stage, let record): "expiry:\(names[stage.index]):\(name(record))"
        case .letter(let key): "dlq:\(name(key.place)):\(name(key.record))"
        case .loss(let stage): "lost:\(names[stage.index])"
        case .breaker(let domain): "breaker:\(domainNames[domain])"
        case .deadline: "deadline"
        }
    }

    private func described(_ letter: Letter) -> JSONValue {
        let reason =
            switch letter.reason {
            case .poison: "poison"
            case .rejected: "rejected"
            case .exhausted: "exhausted"
            case .expired: "expired"
            case .skipped: "skipped"
            case .tooLarge: "too-large"
            case .pure(let reason): reason
            }
        return [
            .string(name(letter.key.place)), .int(name(letter.key.record)), .string(reason),
            .string(letter.path.description), letter.form == .full ? "full" : "reference",
        ]
    }

    private func waits() -> [String: JSONValue] {
        guard machine.state != .closed else { return [:] }
        return Dictionary(uniqueKeysWithValues: names.indices.map { (names[$0], .string(wait(of: StageID($0)))) })
    }

    private func wait(of stage: StageID) -> String {
        switch machine.wait(of: stage, domains: domains) {
        case .parked: "parked"
        case .paused: "pause"
        case .deadLetters: "dlq"
        case .suspectOutage: "suspect_outage"
        case .retry: "retry"
        case .sink: "sink"
        case .full: "full"
        case .breaker: "breaker"
        case .order: "order"
        case .durable: "durable"
        case .nothing: "nothing"
        }
    }

    private func shardWaits() -> String {
        switch machine.waiting(creditAvailable: creditAvailable, domains: domains) {
        case .closed: "closed"
        case .parked: "parked"
        case .paused: "pause"
        case .deadLetters: "dlq"
        case .suspectOutage(let stage): "suspect_outage:\(names[stage.index])"
        case .breaker(let stage): "breaker:\(names[stage.index])"
        case .retry: "retry"
        // The vectors have no word for a full sink; they say what follows in the order of reasons.
        case .full: machine.state != .running ? "drain" : creditAvailable ? "input" : "credit"
        case .drain: "drain"
        case .credit: "credit"
        case .input: "input"
        }
    }

    /// The books of every stage, by name.
    func books() -> JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: names.indices.map { index in
                    let books = machine.books(of: StageID(index))
                    return (
                        names[index],
                        [
                            "read": .int(books.read), "delivered": .int(books.delivered),
                            "filtered": .int(books.filtered), "dead_lettered": .int(books.deadLettered),
                            "abandoned": .int(books.abandoned), "rewound": .int(books.rewound),
                            "returned": .int(books.returned), "in_flight": .int(books.inFlight),
                        ]
                    )
                }))
    }
}
