import Millrace
import Platform
import Testing

/// The engine's end of one shard and one sink, as simple as can be: it submits a log in order, keeps to the sink's
/// contract and checks that the sink does.
final class TestShard {
    let shard: ShardID
    let slot: Int
    let epoch: Int
    let lane: any SinkLane
    let inbox: Inbox
    var log: [Entry]
    /// The index of the next entry to submit.
    var position: Int
    private(set) var heard = 0
    private var number = 0
    private var flight: [Int: Range<Int>] = [:]
    private var owned: [Int] = []
    private var isFull = false
    /// What the sink gave up, by offset.
    private(set) var dead: [Int64: Failure] = [:]
    private(set) var losses = 0
    private(set) var submits = 0
    private(set) var fulls = 0
    /// The offsets behind the last safe record of each report.
    private(set) var durables: [Int64] = []
    /// Called with each offset up to which all is safe.
    var onCheckpoint: ((Int64) -> Void)?

    init(
        _ sink: any Sink, _ log: [Entry], shard: ShardID = ShardID(topic: "t", partition: 0), slot: Int = 0,
        epoch: Int = 1, from position: Int = 0, lane: (any SinkLane)? = nil, inbox: Inbox = Inbox(),
        notes: any NoteTaker = Notebook()
    ) throws {
        self.shard = shard
        self.slot = slot
        self.epoch = epoch
        self.log = log
        self.position = position
        self.inbox = inbox
        self.lane =
            try lane
            ?? sink.open(LaneContext(lane: 0, sink: 0, wakeDescriptor: -1, reporter: inbox, notes: notes))
    }

    var isDone: Bool { position == log.count && flight.isEmpty && owned.isEmpty }
    /// The offset that a start would read from.
    var checkpoint: Int64 {
        let open = flight.values.map(\.lowerBound) + owned
        let index = min(open.min() ?? position, position)
        return index < log.count ? log[index].offset : (log.last?.offset ?? -1) + 1
    }

    /// Submits up to `count` entries, if the contract allows it. Answers how many were taken.
    @discardableResult
    func submit(_ count: Int, window: Int = 4) -> Int {
        guard position < log.count, !isFull, flight.count < window else { return 0 }
        number += 1
        submits += 1
        let end = min(position + count, log.count)
        let delivery = delivery(
            log[position..<end], shard: shard, slot: slot, epoch: epoch, number: number, heard: heard)
        let taken = lane.submit(delivery)
        #expect(taken >= 0 && taken <= delivery.count)
        if taken > 0 { flight[number] = position..<(position + taken) }
        if taken < delivery.count {
            isFull = true
            fulls += 1
        }
        position += taken
        return taken
    }

    /// Takes reports in; waits for some if `isPatient`, and ends the test when none come.
    func listen(isPatient: Bool = true) throws {
        let reports = inbox.take(isPatient: isPatient)
        try #require(!isPatient || !reports.isEmpty, "the sink says nothing; safe up to \(checkpoint)")
        for report in reports { take(report) }
        onCheckpoint?(checkpoint)
    }

    func take(_ report: SinkReport) {
        guard report.slot == slot else { return }
        #expect(report.epoch == epoch)
        switch report.outcome {
        case .room: isFull = false
        case .accepted(let number):
            if let range = flight.removeValue(forKey: number) { owned += range.filter { $0 < position } }
        case .done(let number, let failures): done(number, failures)
        case .durable(let last):
            #expect(owned.contains { log[$0].offset == last.offset }, "durable without accepted: \(last)")
            owned.removeAll { log[$0].offset <= last.offset }
            durables.append(last.offset + 1)
        case .lost(let first):
            heard += 1
            losses += 1
            let gone = owned.filter { log[$0].offset >= first.offset }
            owned.removeAll { log[$0].offset >= first.offset }
            rewind(to: (gone + flight.values.map(\.lowerBound)).min() ?? position)
        }
    }

    private func done(_ number: Int, _ failures: [IndexedFailure]) {
        guard let range = flight.removeValue(forKey: number) else { return }
        if failures.contains(where: { $0.failure.kind != .untried }) { heard += 1 }
        for failure in failures {
            let index = range.lowerBound + failure.index
            #expect(range.contains(index))
            switch failure.failure.kind {
            case .poison, .fatal: dead[log[index].offset] = failure.failure
            default: rewind(to: index)
            }
        }
    }

    private func rewind(to index: Int) { position = min(position, index) }

    /// Submits everything and waits until all of it is safe or dead.
    func deliver(batch: Int) throws {
        while !isDone {
            // After a failure nothing is sent until everything in flight is answered.
            while submit(batch) > 0 && dead.isEmpty {}
            if position == log.count { flush() }
            if isDone { return }
            try listen()
        }
    }

    func flush() { lane.flush(shard: shard, slot: slot, epoch: epoch, deadline: 0) }
    func abandon() { lane.abandon(shard: shard, slot: slot, epoch: epoch) }
    func forget() { lane.forget(shard: shard, slot: slot, epoch: epoch) }
}
