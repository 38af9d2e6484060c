import Kafka
import Millrace

extension KafkaSinkLane {
    /// Orders a producer of this kind, unless one is on its way.
    func want(_ kind: SinkOutlet.Kind, delay: Int64 = 0, afterRefusal: Bool = false) {
        guard ordered.insert(kind).inserted else { return }
        keeper.order(kind, mail, delay: delay, afterRefusal: afterRefusal)
    }

    /// A producer that was ordered has come.
    func welcome(_ connection: SinkConnection) {
        ordered.remove(connection.kind)
        // What it replaces goes as soon as its records are answered.
        current[connection.kind]?.isLeaving = true
        let outlet = SinkOutlet(connection)
        connection.producer.wake(context.wakeDescriptor)
        current[connection.kind] = outlet
        outlets.append(outlet)
    }

    /// A producer is broken, which was just found out.
    func note(broken outlet: SinkOutlet) {
        notes.note(.info, "sink-producer", [("is", "broken"), ("text", outlet.broken ?? "")])
    }

    /// Sees to the end of a producer that is broken or replaced.
    func windUp(_ outlet: SinkOutlet, _ now: Int64, _ reports: inout [SinkReport]) {
        guard outlet.outstanding == 0 else {
            if outlet.broken != nil { takeBack(outlet, now) }
            return
        }
        let cause = outlet.cause
        for slot in outlet.held { tell(slot, cause, &reports) }
        outlets.removeAll { $0 === outlet }
        let isCurrent = current[outlet.kind] === outlet
        if isCurrent { current[outlet.kind] = nil }
        keeper.end(SinkFarewell(connection: outlet.connection, deliveries: []))
        if outlet.mayHaveLanded > 0 {
            notes.note(.warn, "possible-duplicates", [("records", String(outlet.mayHaveLanded))])
        }
        if isCurrent { replace(outlet.kind, cause?.cause) }
    }

    private func replace(_ kind: SinkOutlet.Kind, _ cause: RefusalRules.Cause?) {
        switch cause {
        case .record?:
            // The topic may have changed; and what was refused will go carefully.
            want(kind, afterRefusal: true)
            if current[.careful] == nil { want(.careful) }
        case .endpoint?, .sequence?:
            // The next one may meet the same.
            breaks += 1
            want(kind, delay: min(30_000, 250 << Int64(min(breaks, 10))))
        case .abandoned?, nil: want(kind)
        }
    }

    /// A fatal producer takes back what is queued by itself, once. What comes back to the queue later, because its connection
    /// ended or it stood behind the refusal on the wire, would stay there for ever: that is taken back here.
    private func takeBack(_ outlet: SinkOutlet, _ now: Int64) {
        guard let due = outlet.nextPurge else {
            outlet.nextPurge = now + 200
            return
        }
        guard now >= due else { return }
        outlet.takeBack()
        outlet.nextPurge = now + 200
    }
}
