import Millrace
import MillraceMachines

/// The virtual sinks and the virtual DLQ.
extension World {
    /// A sink is given a delivery; how many of its records it takes.
    func submit(_ tenure: Tenure, _ submission: Submission) -> Int {
        let (sink, log) = (submission.stage.index, logs[tenure.shard])
        if tenure.channels[sink].isFull { fail(2, "submits to sink \(sink), which is full") }
        if tenure.channels[sink].isAbandoned { fail(2, "submits to sink \(sink) after the end") }
        var taken = submission.records.count
        if fullUntil[sink] > now {
            taken = roll().below(taken)
            tenure.channels[sink].isFull = true
            agenda.add(.room(tenure, sink: sink), at: fullUntil[sink])
        }
        guard taken > 0 else { return 0 }
        tenure.channels[sink].open[submission.delivery] = submission.records.prefix(taken).map(log.index(of:))
        var time = now + 1 + roll().below(plan.delay)
        if keepsOrder(sink) { time = max(time, tenure.channels[sink].acted) }
        tenure.channels[sink].acted = time
        agenda.add(.act(tenure, submission, taken: taken), at: time)
        return taken
    }

    func keepsOrder(_ sink: Int) -> Bool {
        if case .unordered = plan.sinks[sink].mode { false } else { true }
    }

    func makeRoom(_ tenure: Tenure, _ sink: Int) {
        tenure.channels[sink].isFull = false
        feed(tenure, .room(StageID(sink)))
    }

    /// The sink does what it was asked: lands what it can, and answers later.
    func act(_ tenure: Tenure, _ submission: Submission, taken: Int) {
        let (sink, log) = (submission.stage.index, logs[tenure.shard])
        let records = submission.records.prefix(taken).map(log.index(of:))
        if tenure.channels[sink].isAbandoned || !tenure.worker.isAlive {
            // A request that nobody waits for may still land, but none behind one that did not.
            if plan.sinks[sink].isBuffered || tenure.channels[sink].isCut || roll().isWithin(500) {
                tenure.channels[sink].isCut = true
                return
            }
        }
        if keepsOrder(sink), submission.heard < tenure.channels[sink].told {
            answer(tenure, submission, records.map { ($0, .untried) })
            return
        }
        if let failures = trouble(tenure, sink, records) {
            answer(tenure, submission, failures)
            return
        }
        if records.contains(where: { log.flaws[sink][$0] != .none }) {
            refuse(tenure, submission, records)
        } else if plan.sinks[sink].isBuffered {
            buffer(tenure, submission, records)
        } else {
            land(tenure, sink, records)
            answer(tenure, submission, [])
        }
    }

    /// What an outage or a whim of the sink does to a delivery.
    private func trouble(_ tenure: Tenure, _ sink: Int, _ records: [Int]) -> [(Int, FailureClass)]? {
        var kind: FailureClass?
        if outages[sink].until > now {
            switch outages[sink].kind {
            case .transient: kind = .transient
            case .rejected: kind = .rejected
            case .fatal: return records.enumerated().map { ($0.element, $0.offset == 0 ? .fatal : .untried) }
            }
        } else if !isHealed, roll().isWithin(plan.flaky) {
            kind = [.transient, .transient, .transient, .rejected, .untried][roll().below(5)]
            // A pipelined sink says `untried` only behind a failure that it has told of.
            if kind == .untried, case .pipelined = plan.sinks[sink].mode { kind = .transient }
        }
        guard let kind else { return nil }
        if kind == .transient, !isHealed, !plan.sinks[sink].isBuffered, roll().isWithin(plan.ambiguous) {
            let flaws = logs[tenure.shard].flaws[sink]
            land(tenure, sink, Array(records.prefix { flaws[$0] == .none }))
        }
        return records.map { ($0, kind) }
    }

    /// A delivery with bad records: what is named, and how.
    private func refuse(_ tenure: Tenure, _ submission: Submission, _ records: [Int]) {
        let (sink, flaws) = (submission.stage.index, logs[tenure.shard].flaws[submission.stage.index])
        let first = records.firstIndex { flaws[$0] != .none } ?? 0
        let kinds: [Flaw: FailureClass] = [.poison: .poison, .refused: .rejected, .stuck: .transient]
        let kind = kinds[flaws[records[first]]] ?? .rejected
        let isBuffered = plan.sinks[sink].isBuffered
        if kind == .poison, isBuffered, keepsOrder(sink), roll().isWithin(500) {
            buffer(
                tenure, submission, Array(records.prefix { flaws[$0] == .none || flaws[$0] == .poison }), of: records)
            return
        }
        if kind != .poison, roll().isWithin(500) {
            answer(tenure, submission, records.map { ($0, kind) })
            return
        }
        if !keepsOrder(sink) {
            land(tenure, sink, records.filter { flaws[$0] == .none })
            let bad = records.filter { flaws[$0] != .none }
            answer(tenure, submission, bad.map { ($0, kinds[flaws[$0]] ?? .rejected) })
            return
        }
        // What was refused in one request with the bad record is named with it.
        let group = kind == .rejected ? roll().below(first + 1) : first
        if !isBuffered { land(tenure, sink, Array(records[..<group])) }
        let before = isBuffered ? records[..<group].map { ($0, FailureClass.untried) } : []
        let named = records[group...first].map { ($0, kind) }
        answer(tenure, submission, before + named + records[(first + 1)...].map { ($0, .untried) })
    }

    /// The records are safe at the sink.
    private func land(_ tenure: Tenure, _ sink: Int, _ records: [Int]) {
        let (shard, log) = (tenure.shard, logs[tenure.shard])
        for index in records {
            if keepsOrder(sink), !ledger.mayLand(shard: shard, sink: sink, index, log) {
                fail(2, "shard \(shard): record \(log.records[index]) lands at sink \(sink) before an earlier one")
            }
            ledger.note(.landed, shard: shard, sink: sink, index)
        }
    }

    private func answer(_ tenure: Tenure, _ submission: Submission, _ failures: [(Int, FailureClass)]) {
        let (sink, log) = (submission.stage.index, logs[tenure.shard])
        if failures.contains(where: { $0.1 != .untried }) { tenure.channels[sink].told += 1 }
        let named = failures.map { RecordFailure(log.records[$0.0], Failure($0.1, "")) }
        post(tenure, sink, .done(submission.stage, delivery: submission.delivery, failures: named))
    }

    /// The machine hears something later; of a pipelined sink perhaps not in the order of happening.
    private func post(_ tenure: Tenure, _ sink: Int, _ event: ShardEvent) {
        var time = now + 1 + roll().below(plan.delay)
        if keepsOrder(sink) && plan.sinks[sink].mode == .ordered || plan.sinks[sink].isBuffered {
            time = max(time, tenure.channels[sink].answered)
        }
        tenure.channels[sink].answered = max(time, tenure.channels[sink].answered)
        agenda.add(.hear(tenure, event), at: time)
    }

    // MARK: - Buffers

    private func buffer(_ tenure: Tenure, _ submission: Submission, _ records: [Int], of all: [Int]? = nil) {
        let sink = submission.stage.index
        if let all, records.count < all.count {
            // It cannot accept the bad record behind: it takes nothing of the delivery this time but says which.
            let flaws = logs[tenure.shard].flaws[sink]
            let bad = all[records.count]
            let kind: FailureClass = flaws[bad] == .stuck ? .transient : .rejected
            answer(tenure, submission, all.map { ($0, $0 == bad ? kind : .untried) })
            return
        }
        for record in records { tenure.channels[sink].buffer.append((submission.delivery, record)) }
        post(tenure, sink, .accepted(submission.stage, delivery: submission.delivery))
        wantSettle(tenure, sink)
    }

    private func wantSettle(_ tenure: Tenure, _ sink: Int) {
        guard !tenure.channels[sink].settles else { return }
        tenure.channels[sink].settles = true
        agenda.add(.settle(tenure, sink: sink), at: now + 5 + roll().below(plan.delay))
    }

    /// The sink makes durable what it has accepted, or a part of it; or finds that it cannot.
    func settle(_ tenure: Tenure, _ sink: Int) {
        tenure.channels[sink].settles = false
        guard tenure.worker.isAlive, !tenure.channels[sink].isAbandoned, !tenure.channels[sink].buffer.isEmpty else {
            tenure.channels[sink].buffer = []
            return
        }
        guard outages[sink].until <= now else { return wantSettle(tenure, sink) }
        if !isHealed, roll().isWithin(plan.flaky / 4) { return lose(tenure, sink) }
        let flaws = logs[tenure.shard].flaws[sink]
        if !keepsOrder(sink) { tenure.channels[sink].buffer.sort { $0.index < $1.index } }
        let buffer = tenure.channels[sink].buffer
        let end = roll().isWithin(500) ? buffer.count : 1 + roll().below(buffer.count)
        guard let bad = buffer[..<end].firstIndex(where: { flaws[$0.index] != .none }) else {
            secure(tenure, sink, end)
            if end < buffer.count { wantSettle(tenure, sink) }
            return
        }
        secure(tenure, sink, bad)
        let log = logs[tenure.shard]
        let failures = buffer[bad...].filter { $0.delivery == buffer[bad].delivery }.map {
            RecordFailure(log.records[$0.index], Failure($0.index == buffer[bad].index ? .poison : .untried, ""))
        }
        tenure.channels[sink].buffer = []
        tenure.channels[sink].told += 1
        post(tenure, sink, .done(StageID(sink), delivery: buffer[bad].delivery, failures: failures))
    }

    /// The first of the buffer are durable.
    private func secure(_ tenure: Tenure, _ sink: Int, _ count: Int) {
        guard count > 0 else { return }
        let buffer = tenure.channels[sink].buffer
        land(tenure, sink, buffer[..<count].map(\.index))
        tenure.channels[sink].buffer.removeFirst(count)
        post(tenure, sink, .durable(StageID(sink), through: logs[tenure.shard].records[buffer[count - 1].index]))
    }

    /// What the sink accepted is gone, from some record on.
    func lose(_ tenure: Tenure, _ sink: Int) {
        if !keepsOrder(sink) { tenure.channels[sink].buffer.sort { $0.index < $1.index } }
        let flaws = logs[tenure.shard].flaws[sink]
        var count = roll().below(tenure.channels[sink].buffer.count)
        count = min(count, tenure.channels[sink].buffer.firstIndex { flaws[$0.index] != .none } ?? count)
        secure(tenure, sink, count)
        guard let first = tenure.channels[sink].buffer.first else { return }
        tenure.channels[sink].buffer = []
        tenure.channels[sink].told += 1
        post(tenure, sink, .lost(StageID(sink), from: logs[tenure.shard].records[first.index]))
    }

    // MARK: - Dead letters

    func send(_ tenure: Tenure, _ letter: Letter) {
        judge(tenure, letter)
        if let sent = tenure.letters[letter.key] {
            if sent.isWritten { fail(5, "the letter of \(letter.key.record) is written again") }
            if !sent.isAnswered { fail(5, "the letter of \(letter.key.record) is sent twice") }
        }
        tenure.letters[letter.key] = Tenure.Sent(form: letter.form)
        guard !plan.isParking else { return }
        agenda.add(.write(tenure, letter), at: now + 1 + roll().below(plan.delay))
    }

    func write(_ tenure: Tenure, _ letter: Letter) {
        if !tenure.worker.isAlive, roll().isWithin(500) { return }
        let index = logs[tenure.shard].index(of: letter.key.record)
        var result = LetterResult.written
        if lettersDownUntil > now || !isHealed && roll().isWithin(plan.flakyLetters) {
            result = .transient
        } else if logs[tenure.shard].isLarge[index], letter.form == .full, !(isHealed && plan.oversize == .wait) {
            result = .tooLarge
        }
        if result == .written || result == .transient && roll().isWithin(plan.ambiguous) {
            file(tenure, letter, index)
        }
        agenda.add(.hear(tenure, .deadLetter(letter.key, result)), at: now + 1 + roll().below(plan.delay))
    }

    /// The DLQ has the letter.
    private func file(_ tenure: Tenure, _ letter: Letter, _ index: Int) {
        let (shard, log) = (tenure.shard, logs[tenure.shard])
        var place: Int?
        if case .stage(let stage) = letter.key.place {
            place = stage.index
            ledger.note(.letter, shard: shard, sink: stage.index, index)
        } else {
            for sink in plan.sinks.indices where log.isDead(index, at: sink) {
                ledger.note(.pureLetter, shard: shard, sink: sink, index)
            }
        }
        written.append(
            Written(
                time: now, sink: place, shard: shard, offset: letter.key.record.offset,
                isInnocent: place.map { log.flaws[$0][index] == .none } ?? false))
    }
}
