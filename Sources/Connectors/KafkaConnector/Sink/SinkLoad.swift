import Millrace
import Platform

/// How much of a delivery may go now.
struct SinkLoad: Sendable {
    /// How many records: the first ones.
    let taken: Int
    /// What they take of the budget.
    let cost: Int
    /// What the others wait for.
    let lack: SinkShard.Want?
    /// The size by which a record may be called too large; nil where only the broker may.
    let limit: Int?
    /// Whether the topic's limit should be read anew.
    let wantsReading: Bool

    /// By the topic's `limit`, where it may be applied, and the budget's `room`; `isAlone` when the lane holds nothing else.
    init(_ delivery: Delivery, limit facts: SinkTopicFacts?, room: Int, isAlone: Bool) {
        let limit = facts?.limitReadAt == nil ? nil : facts?.limit
        var isFresh: Bool?
        var cost = 0
        for index in 0..<delivery.count {
            let record = delivery[index]
            if let facts, let limit, record.isTooLarge(limit) {
                isFresh = isFresh ?? facts.isFresh(at: MonotonicClock.milliseconds())
                // A record must not become a dead letter by what the topic allowed a minute ago.
                guard isFresh == true else {
                    self.init(taken: index, cost: cost, .limit(readings: facts.readings), limit, wantsReading: true)
                    return
                }
            }
            let next = cost + record.payloadCount + record.keyCount + SinkBudget.recordOverhead
            // A record that is larger than all the room goes when nothing else is there.
            guard next <= room || (index == 0 && isAlone) else {
                self.init(taken: index, cost: cost, .budget, limit, wantsReading: false)
                return
            }
            cost = next
        }
        self.init(taken: delivery.count, cost: cost, nil, limit, wantsReading: false)
    }

    private init(taken: Int, cost: Int, _ lack: SinkShard.Want?, _ limit: Int?, wantsReading: Bool) {
        self.taken = taken
        self.cost = cost
        self.lack = lack
        self.limit = limit
        self.wantsReading = wantsReading
    }
}

extension Record {
    /// Whether a batch with nothing but this record, without headers, is too large for a topic with this limit.
    func isTooLarge(_ limit: Int) -> Bool {
        // What a batch adds to key and payload is less than this.
        if payloadCount + keyCount + 128 <= limit { return false }
        return sizeAlone > limit
    }

    /// The size of a batch with nothing but this record, without headers.
    var sizeAlone: Int {
        RecordSize.alone(key: hasKey ? keyCount : nil, payload: isTombstone ? nil : payloadCount)
    }
}
