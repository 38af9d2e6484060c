import Kafka
import Millrace
import Platform

/// A lane's end of the Kafka sink. Used on the lane's thread.
///
/// It has one gapless producer for everything, and one for shards in trouble, which sends a record a request. A delivery is
/// held until each of its records has a report. What happens when the broker refuses a record:
///
/// 1. librdkafka makes the gapless producer fatal, under the lock by which it would send anything else of that partition:
///    nothing later lands there. What was queued is taken back, what was on the wire is answered truly.
/// 2. The lane waits until the fatal producer has answered everything, so that it knows why it broke, and then tells all
///    deliveries with failures. Until then it takes nothing of their shards (``SinkShard``).
/// 3. The machine, which has then heard of all that was in flight, submits what failed again, first things first and one
///    delivery at a time; other shards go on by a new producer. Their order holds as well: a shard moves to another
///    producer only when nothing of it is left with the old one, so nothing that the old one still had on the wire can be
///    overtaken.
/// 4. Deliveries with a record of the refused request go by the careful producer. Its refusals name the record.
final class KafkaSinkLane: SinkLane {
    let settings: SinkSettings
    let context: LaneContext
    let keeper: SinkKeeper
    let notes: ClientNotes
    let budget: SinkBudget
    let mail: SinkMail

    /// The producers that have or may get records: those of `current`, and others that still owe reports.
    var outlets: [SinkOutlet] = []
    /// The producers that records are given to, by what they are for.
    var current: [SinkOutlet.Kind: SinkOutlet] = [:]
    /// Kinds that were ordered from the keeper and have not come.
    var ordered: Set<SinkOutlet.Kind> = []
    /// Producers that broke in a row by no record's fault.
    var breaks = 0

    var flights = SinkFlights()
    /// The shards, by their short names, and those of them that wait for room.
    var shards: [Int: SinkShard] = [:]
    var waiting: Set<Int> = []
    /// Slots of deliveries that have ended and have not been told.
    var ended: [Int] = []
    /// Deliveries that are answered without having been sent.
    var refused: [Delivery] = []
    /// What the deliveries in flight take of the budget.
    var ownBytes = 0

    // Reused from delivery to delivery.
    var partitions: [Int32] = []
    var order: [Int] = []

    init(_ settings: SinkSettings, _ context: LaneContext, _ keeper: SinkKeeper, _ budget: SinkBudget) {
        self.settings = settings
        self.context = context
        self.keeper = keeper
        self.budget = budget
        mail = SinkMail(wakeDescriptor: context.wakeDescriptor)
        notes = ClientNotes(client: "sink:\(settings.name)", notes: context.notes)
        keeper.register(mail)
        want(.main)
    }

    func submit(_ delivery: Delivery) -> Int {
        var shard = self.shard(of: delivery)
        let taken = take(delivery, &shard)
        shards[delivery.slot] = shard
        if shard.want != nil { waiting.insert(delivery.slot) }
        return taken
    }

    private func shard(of delivery: Delivery) -> SinkShard {
        if let known = shards[delivery.slot], known.epoch == delivery.epoch { return known }
        return SinkShard(delivery.shard, epoch: delivery.epoch)
    }

    private func take(_ delivery: Delivery, _ shard: inout SinkShard) -> Int {
        let first = delivery[0].id
        switch shard.admit(first: first, heard: delivery.heard) {
        case .untried:
            refused.append(delivery)
            mail.wake()
            return delivery.count
        case .full: return 0
        case .take: break
        }
        let facts = keeper.facts
        guard let outlet = outlet(shard.needsCare(first: first) ? .careful : .main, &shard, facts) else { return 0 }
        let load = SinkLoad(
            delivery, limit: outlet.kind == .main && !settings.compresses ? facts : nil,
            room: budget.room(own: ownBytes), isAlone: ownBytes == 0)
        if load.wantsReading { keeper.read() }
        if let lack = load.lack { shard.wait(for: lack) }
        guard load.taken > 0 else { return 0 }
        shard.took(through: delivery[load.taken - 1].id, outlet: outlet.serial)
        charge(load.cost)
        let slot = flights.open(
            SinkFlights.Flight(delivery: delivery, outlet: outlet.serial, taken: load.taken, cost: load.cost))
        if outlet.kind == .careful { walk(slot, by: outlet) } else { send(slot, limit: load.limit, by: outlet) }
        if let flight = flights[slot] {
            if flight.hasFailed { shard.fails() }
            // Where nothing of it could be sent the next poll tells.
            if flight.outstanding == 0 {
                end(slot, by: outlet)
                mail.wake()
            }
        }
        return load.taken
    }

    /// The producer for a delivery of `shard`; nil where it must wait.
    private func outlet(
        _ kind: SinkOutlet.Kind, _ shard: inout SinkShard, _ facts: SinkTopicFacts?
    ) -> SinkOutlet? {
        guard let outlet = current[kind], outlet.isUsable else {
            // A main producer is always there or on its way.
            if kind == .careful && !outlets.contains(where: { $0.kind == .careful }) { want(.careful) }
            shard.wait(for: .outlet(kind))
            return nil
        }
        // Cut for another limit: a better one is made, and takes its place when it comes.
        if let facts, facts.limit != outlet.connection.limit { want(kind) }
        guard shard.mayUse(outlet: outlet.serial) else {
            shard.wait(for: .drained)
            return nil
        }
        return outlet
    }

    /// Counts bytes that producers hold from now on, or with a negative number no more.
    func charge(_ bytes: Int) {
        ownBytes += bytes
        budget.take(bytes)
    }

    /// Gives up everything of the shard's epoch.
    ///
    /// librdkafka takes back what a whole producer has, or nothing. Where the producer holds other shards' records too
    /// these are sent again: what was queued without harm, what was on the wire perhaps a second time, which is counted in
    /// the log. The other way would be to let the shard's own records land after somebody else has read them again,
    /// behind what is newer. In practice a hand-over takes all shards of a worker at once, so nobody else is hurt.
    func abandon(shard: ShardID, slot: Int, epoch: Int) {
        var serials: Set<Int> = []
        for place in flights.open {
            guard let flight = flights[place] else { continue }
            if flight.delivery.slot == slot && flight.delivery.epoch == epoch { serials.insert(flight.outlet) }
        }
        for outlet in outlets where serials.contains(outlet.serial) { outlet.abandon() }
    }

    func forget(shard: ShardID, slot: Int, epoch: Int) {
        guard shards[slot]?.epoch == epoch else { return }
        shards[slot] = nil
        waiting.remove(slot)
    }

    func close() {
        for outlet in outlets {
            let deliveries = flights.open.compactMap { flights[$0] }.filter { $0.outlet == outlet.serial }
            keeper.end(SinkFarewell(connection: outlet.connection, deliveries: deliveries.map(\.delivery)))
        }
        outlets.removeAll()
        current.removeAll()
        charge(-ownBytes)
    }
}
