import Kafka
import Millrace

extension KafkaSinkLane {
    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? {
        for connection in mail.take() { welcome(connection) }
        for outlet in outlets { hear(outlet) }
        for delivery in refused {
            let failure = Failure(.untried, "submitted before an earlier failure was heard")
            reports.append(report(delivery, (0..<delivery.count).map { IndexedFailure($0, failure) }))
        }
        refused.removeAll(keepingCapacity: true)
        for slot in ended { tell(slot, nil, &reports) }
        ended.removeAll(keepingCapacity: true)
        for outlet in outlets where outlet.broken != nil || outlet.isLeaving { windUp(outlet, now, &reports) }
        tellRoom(&reports)
        return outlets.compactMap(\.nextPurge).min()
    }

    // MARK: - Reports of producers

    private func hear(_ outlet: SinkOutlet) {
        outlet.reports.removeAll(keepingCapacity: true)
        outlet.connection.producer.poll(&outlet.reports, &outlet.events)
        if !outlet.events.isEmpty {
            for event in outlet.events { notes.take(event) }
            outlet.events.removeAll(keepingCapacity: true)
            if outlet.noteIfFatal() { note(broken: outlet) }
        }
        guard !outlet.reports.isEmpty else { return }
        // Reports come with the fatal error that they led to already set.
        if outlet.reports.contains(where: { $0.error != .none }), outlet.noteIfFatal() { note(broken: outlet) }
        outlet.outstanding -= outlet.reports.count
        outlet.nextPurge = nil
        switch outlet.kind {
        case .main: hearMany(outlet)
        case .careful: for report in outlet.reports { hearOne(report, outlet) }
        }
    }

    /// Neighbours are mostly of one delivery, which is looked up once for all of them.
    private func hearMany(_ outlet: SinkOutlet) {
        var slot = -1
        var count = 0
        for report in outlet.reports {
            let its = SinkFlights.slot(report.opaque)
            if its != slot {
                settle(slot, count, outlet)
                slot = its
                count = 0
            }
            count += 1
            if report.error == .none { breaks = 0 } else { fail(report, outlet) }
        }
        settle(slot, count, outlet)
    }

    private func settle(_ slot: Int, _ count: Int, _ outlet: SinkOutlet) {
        if count > 0 && flights.landed(slot, count) { end(slot, by: outlet) }
    }

    /// A record of a walk: the next one of its partition goes, or none of them.
    private func hearOne(_ report: DeliveryReport, _ outlet: SinkOutlet) {
        let slot = SinkFlights.slot(report.opaque)
        let index = SinkFlights.index(report.opaque)
        if let walk = flights[slot]?.walk {
            if report.error != .none {
                fail(report, outlet)
                for behind in walk.behind(index) { _ = flights.failed(slot, behind, .behind) }
            } else if let next = walk.after(index) {
                let hadFailed = flights[slot]?.hasFailed ?? false
                step(slot, next, by: outlet)
                if !hadFailed, flights[slot]?.hasFailed ?? false { noteFailing(slot) }
            }
        }
        settle(slot, 1, outlet)
    }

    private func fail(_ report: DeliveryReport, _ outlet: SinkOutlet) {
        let fault = RefusalRules.fault(report.error, keepsTimestamp: settings.keepsTimestamp)
        if RefusalRules.isRefusal(fault) { outlet.hasRefusal = true }
        if fault == .clock { outlet.complaint = RefusalRules.clockText(settings.topic) }
        if report.mayHaveLanded { outlet.mayHaveLanded += 1 }
        let slot = SinkFlights.slot(report.opaque)
        if flights.failed(slot, SinkFlights.index(report.opaque), fault) { noteFailing(slot) }
    }

    /// A first record of the delivery has failed: its shard takes nothing until that has been told.
    private func noteFailing(_ slot: Int) {
        guard let delivery = flights[slot]?.delivery else { return }
        if shards[delivery.slot]?.epoch == delivery.epoch { shards[delivery.slot]?.fails() }
    }

    // MARK: - Answers

    /// A delivery has ended: told by the next poll, or, where the meaning of its failures shows by what else its broken
    /// producer reports, when that has reported everything.
    func end(_ slot: Int, by outlet: SinkOutlet) {
        guard let flight = flights[slot] else { return }
        if flight.hasFailed && outlet.broken != nil { outlet.held.append(slot) } else { ended.append(slot) }
    }

    /// Answers a delivery that has ended. `broken`: why its producer broke.
    func tell(_ slot: Int, _ broken: (cause: RefusalRules.Cause, text: String)?, _ reports: inout [SinkReport]) {
        guard let flight = flights.close(slot) else { return }
        charge(-flight.cost)
        let delivery = flight.delivery
        let limit = keeper.facts?.limit ?? SinkTopicFacts.defaultLimit
        let answer = SinkAnswer(flight, topic: settings.topic, limit: limit, broken: broken)
        if shards[delivery.slot]?.epoch == delivery.epoch {
            shards[delivery.slot]?.ended(
                hasFailures: flight.hasFailed, hasVerdict: answer.hasVerdict, care: answer.care)
        }
        reports.append(report(delivery, answer.failures))
    }

    private func report(_ delivery: Delivery, _ failures: [IndexedFailure]) -> SinkReport {
        SinkReport(
            sink: context.sink, slot: delivery.slot, epoch: delivery.epoch,
            .done(delivery: delivery.number, failures: failures))
    }

    /// Says `room` where what a shard waited for has come; behind all answers, see ``SinkShard``.
    private func tellRoom(_ reports: inout [SinkReport]) {
        for slot in waiting {
            guard let shard = shards[slot], let want = shard.want, isThere(want, shard) else { continue }
            shards[slot]?.roomTold()
            waiting.remove(slot)
            reports.append(SinkReport(sink: context.sink, slot: slot, epoch: shard.epoch, .room))
        }
    }

    private func isThere(_ want: SinkShard.Want, _ shard: SinkShard) -> Bool {
        guard shard.failing == 0 else { return false }
        switch want {
        case .answers: return true
        case .outlet(let kind): return current[kind]?.isUsable ?? false
        case .drained: return shard.flights == 0
        case .budget: return ownBytes == 0 || budget.room(own: ownBytes) > budget.limit / 4
        case .limit(let readings): return (keeper.facts?.readings ?? 0) > readings
        }
    }
}
