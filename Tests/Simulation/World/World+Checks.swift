import Millrace
import MillraceMachines

/// What is judged, at every step.
extension World {
    /// A delivery: its batch is held, nothing of it is delivered or dead already.
    func judge(_ tenure: Tenure, _ submission: Submission) {
        let (sink, log) = (submission.stage.index, logs[tenure.shard])
        let isOptional = !plan.sinks[sink].isRequired
        let held = tenure.held[submission.batch] ?? (isOptional ? tenure.lagging[submission.batch] : nil)
        guard let held else {
            fail(6, "submits of batch \(submission.batch), which is not held")
            return
        }
        var last = -1
        for record in submission.records {
            let index = log.index(of: record)
            if !held.contains(index) { fail(6, "record \(record) is not of batch \(submission.batch)") }
            if index <= last { fail(2, "delivery \(submission.delivery) does not ascend") }
            last = index
            if tenure.channels[sink].acknowledged[index] { fail(2, "record \(record) goes to sink \(sink) again") }
            if log.filtered[sink][index] || log.isDead(index, at: sink) {
                fail(7, "record \(record) is not for sink \(sink)")
            }
            if tenure.channels[sink].done.contains(where: { $0.contains(record.start) }) {
                fail(1, "record \(record) goes to sink \(sink), which was ahead of it")
            }
            if tenure.letters[LetterKey(.stage(submission.stage), record)]?.isWritten == true {
                fail(5, "record \(record) goes to sink \(sink) after its dead letter")
            }
        }
    }

    /// A dead letter: only of what is at fault, and within the allowance.
    func judge(_ tenure: Tenure, _ letter: Letter) {
        let (log, record) = (logs[tenure.shard], letter.key.record)
        let index = log.index(of: record)
        guard let held = tenure.held[letter.batch] ?? tenure.lagging[letter.batch], held.contains(index) else {
            fail(6, "a letter of batch \(letter.batch), which is not held")
            return
        }
        guard case .stage(let stage) = letter.key.place else {
            if log.dead[index] == 0 { fail(5, "record \(record) is well, and dead by a transform") }
            return
        }
        let (sink, flaw) = (stage.index, log.flaws[stage.index][index])
        if tenure.channels[sink].acknowledged[index] { fail(5, "record \(record) is delivered and dead") }
        switch letter.reason {
        case .poison, .tooLarge: if flaw != .poison { fail(5, "record \(record) is no poison at sink \(sink)") }
        case .pure: fail(5, "a sink is no transform")
        case .expired:
            let since = tenure.channels[sink].troubled[index] ?? now
            if now - since < plan.expire ?? .max {
                fail(5, "record \(record) expires \(now - since) ms after its failure")
            }
        case .skipped: if !tenure.wasSkipped { fail(5, "nobody skipped record \(record)") }
        case .rejected, .exhausted:
            // A poison record may meet an outage of another class first.
            guard flaw == .none, !tenure.channels[sink].isVouched, letter.form == .full,
                tenure.letters[letter.key] == nil
            else { return }
            let domain = plan.sinks[sink].domain
            tenure.worker.innocent[domain] += 1
            if tenure.worker.innocent[domain] > max(1, plan.unwitnessed) {
                fail(4, "\(tenure.worker.innocent[domain]) innocent dead letters in a row; record \(record)")
            }
        }
    }

    func judgeCursors(_ tenure: Tenure) {
        let machine = tenure.worker.machines[tenure.shard]
        for (sink, cursor) in machine.cursors.enumerated() {
            let low = tenure.channels[sink].low
            let risen = cursor.low > low ? [low..<cursor.low] : []
            tenure.channels[sink].low = max(low, cursor.low)
            for range in risen + cursor.done {
                if let record = ledger.loss(in: range, shard: tenure.shard, sink: sink, logs[tenure.shard]) {
                    fail(1, "the cursor of sink \(sink) has record \(record), which is nowhere")
                }
            }
        }
    }

    /// After every step.
    func check(_ tenure: Tenure) {
        let machine = tenure.worker.machines[tenure.shard]
        guard machine.epoch == tenure.epoch else { return }
        if machine.checkpoint < tenure.checkpoint { fail(3, "the checkpoint goes back to \(machine.checkpoint)") }
        tenure.checkpoint = machine.checkpoint
        let below = machine.checkpoint
        if let (sink, record) = ledger.loss(below: below, shard: tenure.shard, plan, logs[tenure.shard]) {
            fail(1, "checkpoint \(below) is beyond record \(record), which sink \(sink) has not")
        }
        if machine.heldBatches != tenure.held.count {
            fail(6, "\(tenure.held.count) batches are held, \(machine.heldBatches) are said")
        }
        let batchBytes = plan.batch * 4 * plan.recordBytes
        if tenure.worker.bytes > (plan.pool + plan.shards) * batchBytes { fail(6, "\(tenure.worker.bytes) bytes held") }
        for sink in plan.sinks.indices { checkBooks(tenure, machine, sink) }
    }

    private func checkBooks(_ tenure: Tenure, _ machine: ShardMachine, _ sink: Int) {
        let (books, channel) = (machine.books(of: StageID(sink)), tenure.channels[sink])
        let sum = books.delivered + books.filtered + books.deadLettered + books.abandoned + books.rewound
        if books.read != sum + books.returned + books.inFlight { fail(7, "sink \(sink): \(books)") }
        if machine.state == .closed, books.inFlight != 0 {
            fail(7, "sink \(sink) has \(books.inFlight) records after the end")
        }
        if books.delivered != channel.delivered {
            fail(7, "sink \(sink) delivered \(channel.delivered), the books say \(books.delivered)")
        }
        if books.abandoned != channel.abandoned {
            fail(7, "sink \(sink) was given up on \(channel.abandoned), the books say \(books.abandoned)")
        }
        if books.deadLettered < channel.letters { fail(7, "sink \(sink): \(channel.letters) letters, \(books)") }
        guard let maxLag = plan.sinks[sink].maxLag, machine.state != .closed else { return }
        let letters = tenure.letters.filter { !$0.value.isWritten }.count
        let owned = channel.owned.values.reduce(0) { $0 + $1.count }
        let flying = channel.open.reduce(0) { channel.gone.contains($1.key) ? $0 : $0 + $1.value.count }
        let waiting = books.inFlight - letters - owned - flying
        if waiting > 0, (waiting + flying) * plan.recordBytes > maxLag {
            fail(6, "optional sink \(sink) lags by \((waiting + flying) * plan.recordBytes) bytes of \(maxLag)")
        }
    }

    /// Everything was read, and every shard has come to its end.
    var isDone: Bool {
        (0..<plan.shards).allSatisfy { shard in
            guard let tenure = owner(of: shard) else { return false }
            let machine = tenure.worker.machines[shard]
            if plan.isParking, !tenure.letters.isEmpty { return true }  // it stands there for good
            return machine.checkpoint.offset >= logs[shard].end && machine.heldBatches == 0
        }
    }

    var standstill: String {
        (0..<plan.shards).compactMap { shard in
            guard let tenure = owner(of: shard) else { return "shard \(shard) has no owner" }
            let machine = tenure.worker.machines[shard]
            guard machine.checkpoint.offset < logs[shard].end || machine.heldBatches > 0 else { return nil }
            let waiting = machine.waiting(creditAvailable: true, domains: tenure.worker.domains)
            return "shard \(shard) at \(machine.checkpoint), \(machine.heldBatches) batches held, waits for \(waiting)"
        }.joined(separator: "; ")
    }

    /// At the end: every bad record is in the DLQ and nowhere else.
    func audit() {
        guard !plan.isParking else { return }
        for (shard, log) in logs.enumerated() {
            for (sink, of) in plan.sinks.enumerated() where of.isRequired {
                for index in log.records.indices where !log.filtered[sink][index] && !log.isDead(index, at: sink) {
                    let care = ledger.care[shard][sink][index]
                    if log.flaws[sink][index] != .none, !care.contains(.letter), !care.contains(.gone) {
                        fail(5, "shard \(shard): bad record \(log.records[index]) of sink \(sink) is not in the DLQ")
                    }
                }
            }
        }
    }
}
