import Millrace
import MillraceMachines

/// What the outer world has: what landed at each sink, what the DLQ holds, what was reported as lost. It shares no code
/// with the engine, and judges it.
struct Ledger {
    /// Why a record needs no further care at a sink.
    struct Care: OptionSet {
        let rawValue: UInt8
        static let landed = Care(rawValue: 1)
        static let letter = Care(rawValue: 2)
        static let pureLetter = Care(rawValue: 4)
        static let filtered = Care(rawValue: 8)
        static let abandoned = Care(rawValue: 16)
        /// Below the log's start, and reported.
        static let gone = Care(rawValue: 32)
    }

    /// By shard, sink, record.
    private(set) var care: [[[Care]]]
    /// By shard and sink: all records before are taken care of.
    private var frontier: [[Int]]
    /// By shard: required sinks were checked up to here.
    private var verified: [Int]

    init(_ plan: Plan, _ logs: [VirtualLog]) {
        care = logs.map { log in
            plan.sinks.indices.map { sink in log.filtered[sink].map { $0 ? .filtered : [] } }
        }
        frontier = logs.map { _ in plan.sinks.map { _ in 0 } }
        verified = logs.map { _ in 0 }
    }

    mutating func note(_ what: Care, shard: Int, sink: Int, _ index: Int) {
        care[shard][sink][index].insert(what)
    }

    /// Whether nothing before `index` is open at an order-keeping sink; what a transform failed on holds nobody up.
    mutating func mayLand(shard: Int, sink: Int, _ index: Int, _ log: VirtualLog) -> Bool {
        var next = frontier[shard][sink]
        while next < index, !care[shard][sink][next].isEmpty || log.isDead(next, at: sink) { next += 1 }
        frontier[shard][sink] = next
        return next >= index
    }

    /// The first record below `position` that a required sink lacks.
    mutating func loss(below position: Position, shard: Int, _ plan: Plan, _ log: VirtualLog) -> (Int, RecordID)? {
        let end = log.index(notBefore: position)
        while verified[shard] < end {
            let index = verified[shard]
            for (sink, of) in plan.sinks.enumerated() where of.isRequired {
                if care[shard][sink][index].subtracting(.abandoned).isEmpty { return (sink, log.records[index]) }
            }
            verified[shard] += 1
        }
        return nil
    }

    /// The first record in `range` that the sink lacks.
    func loss(in range: Range<Position>, shard: Int, sink: Int, _ log: VirtualLog) -> RecordID? {
        for index in log.index(notBefore: range.lowerBound)..<log.index(notBefore: range.upperBound)
        where care[shard][sink][index].isEmpty {
            return log.records[index]
        }
        return nil
    }
}
