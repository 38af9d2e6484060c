import Millrace
import MillraceMachines

/// What may happen next.
extension RandomScript {
    mutating func move() {
        guard machine.machine.state != .closed else {
            if random.once(in: 3) { answerOld() } else { assign() }
            return
        }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<22: admit()
        case 22..<52: finishDelivery()
        case 52..<58: acceptDelivery()
        case 58..<64: secureOrLose()
        case 64..<74: answerLetter()
        case 74..<88: fireTimer()
        case 88..<90: feedNews()
        case 90..<93: makeRoom()
        case 93..<97: operate()
        case 97: answerOld()
        case 98: feedNonsense()
        default: handBack()
        }
    }

    mutating func assign() {
        let from = random.once(in: 4) ? saved.randomElement(using: &random) : saved.last
        let (checkpoint, known) = from ?? (Position(offset: 0), [])
        var cursors: [String: JSONValue] = [:]
        for (name, cursor) in zip(names, known) where !random.once(in: 5) { cursors[name] = saved(cursor) }
        saved = [(checkpoint, known)]
        feed(
            "assigned", epoch: epoch + (epoch > 0 && random.once(in: 20) ? 0 : 1),
            ["checkpoint": machine.offset(checkpoint), "cursors": .object(cursors)])
    }

    /// Some of what a source could read now, also where a rewind or a gap is in between.
    private mutating func admit() {
        guard machine.machine.isReady && machine.creditAvailable || random.once(in: 10) else { return }
        var first = machine.name(machine.machine.position)
        if random.once(in: 30) { first = max(0, first + Int.random(in: -2...3, using: &random)) }
        let next = first + Int.random(in: 1...6, using: &random)
        batch += 1
        // What a record is does not change when it is read again.
        let records = (first..<next).filter { Self.hash($0, 1) % 9 != 0 }
        let isFiltered = random.once(in: 3)
        var routes: [String: JSONValue] = [:]
        for (index, name) in names.enumerated() where isFiltered || Self.hash(Int(seed), index) % 3 == 0 {
            let filtered = records.filter { Self.hash($0, 10 + index) % 4 != 0 }
            routes[name] = .array(filtered.map { .int($0) })
        }
        var dead: [JSONValue] = []
        if Self.hash(Int(seed), 7) % 3 == 0 {
            for record in records where Self.hash(record, 3) % 7 == 0 {
                dead.append([.int(record), .string("transform:\(record % 2)"), "transform"])
            }
        }
        if machine.machine.takes(from: machine.position(first)) { held.insert(batch) }
        feed(
            "admitted",
            [
                "batch": .int(batch), "first": .int(first), "next": .int(next),
                "records": .array(records.map { .int($0) }), "routes": .object(routes), "dead": .array(dead),
            ])
    }

    private static func hash(_ value: Int, _ salt: Int) -> Int {
        var random = SplitMix64(seed: UInt64(bitPattern: Int64(value &* 1_000_003 &+ salt)))
        return Int(random.next() >> 8)
    }

    private mutating func finishDelivery() {
        guard let index = flying.indices.filter({ flying[$0].epoch == epoch }).randomElement(using: &random) else {
            return
        }
        let delivery = flying.remove(at: index)
        end(delivery, failures(of: delivery.records))
    }

    private mutating func end(_ delivery: Delivery, _ failures: [String: JSONValue]) {
        feed(
            "done", epoch: delivery.epoch,
            [
                "sink": .string(delivery.sink), "delivery": .int(delivery.number), "failures": .object(failures),
            ])
    }

    private mutating func failures(of records: [Int]) -> [String: JSONValue] {
        let kinds = ["transient", "rejected", "transient", "rejected", "untried", "poison", "fatal"]
        var failures: [String: JSONValue] = [:]
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: break
        case 4..<7:
            let kind = kinds.randomElement(using: &random) ?? "transient"
            for record in records { failures["\(record)"] = .string(kind) }
        case 7, 8:
            let cut = Int.random(in: 0..<records.count, using: &random)
            let kind = ["poison", "rejected", "transient"].randomElement(using: &random) ?? "poison"
            for record in records[cut...] { failures["\(record)"] = "untried" }
            failures["\(records[cut])"] = .string(kind)
        default:
            for record in records where !random.once(in: 3) {
                failures["\(record)"] = .string(kinds.randomElement(using: &random) ?? "poison")
            }
        }
        return failures
    }

    private mutating func acceptDelivery() {
        guard let index = flying.indices.filter({ flying[$0].epoch == epoch }).randomElement(using: &random) else {
            return
        }
        let delivery = flying.remove(at: index)
        accepted.append(delivery)
        feed("accepted", ["sink": .string(delivery.sink), "delivery": .int(delivery.number)])
    }

    private mutating func secureOrLose() {
        guard let index = accepted.indices.randomElement(using: &random) else { return }
        let delivery = accepted[index]
        // A machine rewinds to the start of an offset, which the specification does not know.
        let mayLose = config["aggregates"] == 1
        let record = delivery.records.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where mayLose:
            keepAccepted(of: delivery.sink) { $0 < record }
            feed("lost", ["sink": .string(delivery.sink), "record": .int(record)])
        case 1 where mayLose:
            accepted.remove(at: index)
            let failures = failures(of: delivery.records)
            if let first = failures.keys.compactMap({ Int($0) }).min() {
                keepAccepted(of: delivery.sink) { $0 < first }
            }
            end(delivery, failures)
        default:
            keepAccepted(of: delivery.sink) { $0 > record }
            feed("durable", ["sink": .string(delivery.sink), "through": .int(record)])
        }
    }

    /// What a sink has accepted is reduced to some records: the others are safe, or lost.
    private mutating func keepAccepted(of sink: String, where isKept: (Int) -> Bool) {
        for index in accepted.indices where accepted[index].sink == sink {
            accepted[index].records = accepted[index].records.filter(isKept)
        }
        accepted.removeAll { $0.records.isEmpty }
    }

    private mutating func answerLetter() {
        guard let index = letters.indices.filter({ letters[$0].epoch == epoch }).randomElement(using: &random) else {
            return
        }
        let letter = letters.remove(at: index)
        let result = ["ok", "ok", "ok", "transient", "too_large"].randomElement(using: &random) ?? "ok"
        feed(
            "dlq", epoch: letter.epoch,
            ["sink": .string(letter.place), "record": .int(letter.record), "result": .string(result)])
    }

    private mutating func fireTimer() {
        guard let index = timers.indices.randomElement(using: &random) else { return }
        if timers[index].name == "deadline", !random.once(in: 4) { return }
        let timer = timers.remove(at: index)
        feed("timer", epoch: timer.epoch, ["timer": .string(timer.name)])
    }

    private mutating func feedNews() {
        let domain = machine.domainNames.randomElement(using: &random) ?? ""
        let what = ["accepted", "accepted", "failed", "opened", "half_open", "closed"].randomElement(using: &random)
        feed("breaker", ["domain": .string(domain), "what": .string(what ?? "failed")])
    }

    private mutating func makeRoom() {
        guard let sink = full.sorted().randomElement(using: &random) else { return }
        full.remove(sink)
        feed("room", ["sink": .string(sink)])
    }

    private mutating func operate() {
        let sink = JSONValue.string(names.randomElement(using: &random) ?? "a")
        switch Int.random(in: 0..<6, using: &random) {
        case 0: feed("pause", random.once(in: 2) ? [:] : ["sink": sink])
        case 1, 2: feed("resume", random.once(in: 2) ? [:] : ["sink": sink])
        case 3:
            let low = machine.name(machine.machine.checkpoint)
            feed("skip", ["record": .int(low + Int.random(in: 0...3, using: &random)), "reason": "operator"])
        case 4: feed("resolve", ["sink": sink, "decision": "poison"])
        default: feed("resolve", ["sink": sink, "decision": "retry"])
        }
    }

    /// An answer of an epoch that is over, or one that was given before.
    private mutating func answerOld() {
        if let index = flying.indices.filter({ flying[$0].epoch < epoch }).randomElement(using: &random) {
            let delivery = flying.remove(at: index)
            if random.once(in: 3) {
                feed(
                    "accepted", epoch: delivery.epoch,
                    ["sink": .string(delivery.sink), "delivery": .int(delivery.number)])
            } else {
                end(delivery, failures(of: delivery.records))
            }
        } else if let index = letters.indices.filter({ letters[$0].epoch < epoch }).randomElement(using: &random) {
            let letter = letters.remove(at: index)
            feed(
                "dlq", epoch: letter.epoch,
                ["sink": .string(letter.place), "record": .int(letter.record), "result": "ok"])
        } else {
            feed("revoked", epoch: epoch - 1, ["deadline": .int(now)])
        }
    }

    /// Answers that nothing waits for.
    private mutating func feedNonsense() {
        let sink = JSONValue.string(names.randomElement(using: &random) ?? "a")
        let record = machine.name(machine.machine.checkpoint) + Int.random(in: 0...4, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: feed("done", ["sink": sink, "delivery": 1_000_000, "failures": [:]])
        case 1: feed("accepted", ["sink": sink, "delivery": 1_000_000])
        case 2: feed("dlq", ["sink": sink, "record": .int(record), "result": "ok"])
        case 3: feed("timer", ["timer": .string("retry:\(sink.string ?? ""):\(record)")])
        default: feed("room", ["sink": sink])
        }
    }

    private mutating func handBack() {
        feed(random.once(in: 2) ? "revoked" : "drain", ["deadline": .int(now + 5000)])
    }
}
