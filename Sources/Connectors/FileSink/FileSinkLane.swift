import Millrace
import Platform

/// One lane's end of a file sink.
///
/// Everything is reported through the lane's mailbox, `accepted` before the writer may see the lines: so nothing can be
/// called durable before it was called accepted.
final class FileSinkLane: SinkLane {
    /// A shard in one epoch.
    private struct Shard {
        var id: Int
        let epoch: Int
        let address: Address
        /// The day of the file; nil where there is one for all days.
        var day: Day?
        /// The opening of the file for which the first records were looked at.
        var opening = 0
        /// Records that were answered as safe because an earlier run had written them.
        var skipped = 0
    }

    private let lane: LaneContext
    private let template: PathTemplate
    private let framing: Framing
    private let chunkSize: Int
    private let writer: FileWriter
    private var shards: [Int: Shard] = [:]

    init(lane: LaneContext, template: PathTemplate, framing: Framing, chunkSize: Int, writer: FileWriter) {
        self.lane = lane
        self.template = template
        self.framing = framing
        self.chunkSize = chunkSize
        self.writer = writer
    }

    func submit(_ delivery: Delivery) -> Int {
        var shard = shard(of: delivery)
        if shard.day != nil, !enterDay(of: delivery, &shard) { return 0 }
        switch writer.with({ $0.admit(shard.id, heard: delivery.heard) }) {
        case .open(let ticket): return take(delivery, shard, ticket)
        case .full: return 0
        case .fatal(let why): return refuseFirst(of: delivery, shard, Failure(.fatal, why))
        case .untried:
            let failure = Failure(.untried, "sent before an earlier failure was heard of")
            let failures = (0..<delivery.count).map { IndexedFailure($0, failure) }
            shard.address.report(.done(delivery: delivery.number, failures: failures))
            return delivery.count
        }
    }

    func flush(shard: ShardID, slot: Int, epoch: Int, deadline: Int64) {
        guard let id = id(slot, epoch) else { return }
        writer.with { $0.flush(id) }
    }

    func abandon(shard: ShardID, slot: Int, epoch: Int) {
        guard let id = id(slot, epoch) else { return }
        writer.with { $0.abandon(id) }
    }

    func poll(now: Int64, _ reports: inout [SinkReport]) -> Int64? { nil }

    func forget(shard: ShardID, slot: Int, epoch: Int) {
        guard let id = id(slot, epoch) else { return }
        shards[slot] = nil
        writer.with { $0.forget(id) }
    }

    func close() {
        for shard in shards.values { writer.with { $0.forget(shard.id) } }
        shards = [:]
    }

    private func id(_ slot: Int, _ epoch: Int) -> Int? {
        guard let shard = shards[slot], shard.epoch == epoch else { return nil }
        return shard.id
    }

    private func shard(of delivery: Delivery) -> Shard {
        if let shard = shards[delivery.slot] {
            if shard.epoch == delivery.epoch { return shard }
            writer.with { $0.forget(shard.id) }
        }
        let address = Address(
            reporter: lane.reporter, sink: lane.sink, slot: delivery.slot, epoch: delivery.epoch,
            shard: delivery.shard)
        let day = Day(of: delivery[0].timestamp)
        let files = template.files(of: delivery.shard, day: day)
        let shard = Shard(
            id: writer.with { $0.add(address, files) }, epoch: delivery.epoch, address: address,
            day: template.hasDate ? day : nil)
        shards[delivery.slot] = shard
        return shard
    }

    /// One file a shard is open at a time: for a record of another day the one before is made safe and given back first.
    /// False until that is so, and `room` will be said. What was sent before a failure was heard is answered as ever.
    private func enterDay(of delivery: Delivery, _ shard: inout Shard) -> Bool {
        let day = Day(of: delivery[0].timestamp)
        guard day != shard.day else { return true }
        let (id, files) = (shard.id, template.files(of: delivery.shard, day: day))
        let heard = delivery.heard
        let moved: (isStale: Bool, id: Int?) = writer.with { desk in
            if desk.isStale(id, heard: heard) { return (true, nil) }
            return (false, desk.move(id, to: files))
        }
        if moved.isStale { return true }
        guard let new = moved.id else { return false }
        shard.id = new
        shard.day = day
        shard.opening = 0
        shards[delivery.slot] = shard
        return true
    }

    /// Answers the first record with a failure, and leaves the others for a delivery of their own.
    private func refuseFirst(of delivery: Delivery, _ shard: Shard, _ failure: Failure) -> Int {
        shard.address.report(.done(delivery: delivery.number, failures: [IndexedFailure(0, failure)]))
        if delivery.count > 1 { shard.address.report(.room) }
        return 1
    }

    /// Copies what can become lines and has room. Stops before a payload that is poison: what stands before it is
    /// accepted, and it comes again at the head of a delivery of its own.
    private func take(_ delivery: Delivery, _ shard: Shard, _ ticket: Desk.Ticket) -> Int {
        let isFirst = shard.opening != ticket.opening
        let isRerun = isFirst && ticket.floor.map { delivery[0].id.start < $0 } ?? false
        let known = isRerun ? RecordRanges() : ticket.known
        let lines = Lines(of: delivery, known: known, framing: framing, day: shard.day)
        guard lines.count > 0 else {
            writer.with { $0.tell(shard.id) }
            return refuseFirst(of: delivery, shard, Lines.poison)
        }
        var reserved = 0
        if lines.bytes > 0 {
            reserved = writer.with { $0.reserve(shard.id, wanted: lines.bytes, least: lines.least) }
            if reserved == 0 { return 0 }
        }
        let (chunks, taken) = lines.copy(
            delivery, known: known, room: reserved, chunkSize: chunkSize, isRerun: isRerun)
        shard.address.report(.accepted(delivery: delivery.number))
        let lacking = taken < lines.count ? framing.size(delivery[taken], known) : nil
        writer.with { desk in
            if isRerun { desk.forgetKnown(shard.id) }
            desk.put(shard.id, chunks, reserved: reserved, ticket: ticket, lacking: lacking)
        }
        if taken == lines.count, taken < delivery.count { shard.address.report(.room) }
        shards[delivery.slot]?.opening = ticket.opening
        if !known.isEmpty { count(lines.skipped, of: lines.count, delivery, shard) }
        return taken
    }

    /// Says once how many records a start did not have to write again.
    private func count(_ skipped: Int, of all: Int, _ delivery: Delivery, _ shard: Shard) {
        let total = shard.skipped + skipped
        shards[delivery.slot]?.skipped = skipped == all ? total : 0
        guard skipped < all, total > 0 else { return }
        lane.notes.note(
            Note(.info, "file-resumed", [("shard", "\(delivery.shard)"), ("already-written", "\(total)")]))
    }
}
