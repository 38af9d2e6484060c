import Millrace

extension ShardMachine {
    /// What a stage accepted, up to and with `record`, is safe; never what lies below and was not accepted (F7).
    mutating func secure(_ stage: Int, through record: RecordID, _ turn: inout Turn) {
        var owned: [Stage.Owned] = []
        swap(&owned, &stages[stage].owned)
        for var delivery in owned {
            let cut = delivery.records.firstIndex(after: record)
            let safe = delivery.records[..<cut]
            delivery.records = delivery.records[cut...]
            if !delivery.records.isEmpty { stages[stage].owned.append(delivery) }
            deliver(safe, stage, serial: delivery.serial, &turn)
        }
    }

    /// A delivery that was accepted ended: what it names as failed is lost, because its bytes are gone (F6).
    mutating func disown(_ stage: Int, at index: Int, failures: [RecordFailure], _ turn: inout Turn) {
        var delivery = stages[stage].owned.remove(at: index)
        let failures = failures.sorted { $0.record < $1.record }
        let (delivered, runs) = Bisection.outcome(of: delivery.records, failures: failures)
        deliver(delivered, stage, serial: delivery.serial, &turn)
        for run in runs where run.kind == .poison {
            for record in run.records { stages[stage].knownPoison[record] = run.failure }
        }
        let named = runs.flatMap { $0.records }
        guard let first = named.first else { return }
        delivery.records = RecordRun(named)
        stages[stage].owned.append(delivery)
        lose(stage, from: first, &turn)
    }

    /// What a stage accepted from `record` on is gone.
    ///
    /// All that waits behind is read again with it: queued it would land first, or hold the credit that the reading needs
    /// (F38). What flies is only waited for, because the stage still has its bytes.
    mutating func lose(_ stage: Int, from record: RecordID, _ turn: inout Turn) {
        stages[stage].losses += 1
        stages[stage].heard += 1
        var (count, first) = disownAll(stage, from: record)

        func include(_ run: RecordRun) {
            count += run.count
            first = min(first ?? run[run.startIndex], run[run.startIndex])
        }
        for flight in stages[stage].flight where !flight.piece.isGone { include(flight.piece.records) }
        for index in stages[stage].flight.indices {
            stages[stage].flight[index].piece.isGone = true
            stages[stage].flight[index].piece.hasFailed = true
        }
        if let piece = stages[stage].queue.first {
            first = min(first ?? piece.first, piece.first)
            count += emptyQueue(stage)
        }
        guard let first else { return }
        guard state == .running else {
            stages[stage].books.returned += count  // nothing is read any more: the next owner reads it
            return
        }
        stages[stage].books.rewound += count
        rewind(stage, to: first, &turn)
    }

    /// Takes what a stage owns from `record` on away from it; how many, and the first.
    private mutating func disownAll(_ stage: Int, from record: RecordID) -> (count: Int, first: RecordID?) {
        var (count, first): (Int, RecordID?) = (0, nil)
        var kept: [Stage.Owned] = []
        for var delivery in stages[stage].owned {
            let cut = delivery.records.firstIndex(notBefore: record)
            if cut < delivery.records.endIndex {
                count += delivery.records.endIndex - cut
                first = min(first ?? delivery.records[cut], delivery.records[cut])
            }
            delivery.records = delivery.records[..<cut]
            if !delivery.records.isEmpty { kept.append(delivery) }
        }
        stages[stage].owned = kept
        return (count, first)
    }

    /// Reads again from the offset of `record`. A loss is backed off like a transient failure, never a hot loop.
    private mutating func rewind(_ stage: Int, to record: RecordID, _ turn: inout Turn) {
        stages[stage].isHeld = true
        let delay = stages[stage].spec.retry.delay(afterFailures: stages[stage].losses, jitter: turn.jitter)
        turn.act(.schedule(.loss(StageID(stage)), after: delay))
        let start = Position(offset: record.offset)  // a source cannot begin within an aggregate
        if start < position {
            position = start
            turn.act(.rewind(to: start))
        }
    }
}
