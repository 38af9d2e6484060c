import Millrace
import MillraceMachines

/// What is the matter with a record at a sink.
enum Flaw: UInt8 {
    case none
    /// The sink names it.
    case poison
    /// The sink refuses what it is in.
    case refused
    /// What it is in never gets an answer.
    case stuck
}

/// One shard's log: offsets with holes and aggregates, and what each record is.
struct VirtualLog {
    private(set) var records: [RecordID] = []
    /// The index of the first record at or behind each offset.
    private var firsts: [Int] = []
    let end: Int64
    /// By sink, by record.
    private(set) var flaws: [[Flaw]] = []
    private(set) var filtered: [[Bool]] = []
    /// Whether a transform fails on it: 0 no, 1 for all sinks, 2 + s for sink s.
    private(set) var dead: [Int] = []
    private(set) var isLarge: [Bool] = []
    /// What lies before was deleted.
    var start: Int64 = 0

    init(_ plan: Plan, shard: Int) {
        let dice = Dice(seed: plan.seed)
        end = Int64(plan.offsets)
        for offset in 0..<plan.offsets {
            firsts.append(records.count)
            if offset != plan.offsets - 1, dice.roll(1, shard, offset).isWithin(plan.holes) { continue }
            let subs =
                dice.roll(2, shard, offset).isWithin(plan.aggregates) ? 2 + dice.roll(3, shard, offset).below(3) : 1
            for sub in 0..<subs {
                records.append(RecordID(offset: Int64(offset), sub: Int32(sub), isLast: sub == subs - 1))
            }
        }
        firsts.append(records.count)
        for (index, _) in records.enumerated() {
            let isDead = dice.roll(4, shard, index).isWithin(plan.dead)
            dead.append(isDead ? 1 + dice.roll(5, shard, index).below(plan.sinks.count + 1) : 0)
            isLarge.append(dice.roll(6, shard, index).isWithin(plan.large))
        }
        for (sink, of) in plan.sinks.enumerated() {
            flaws.append(
                records.indices.map {
                    guard dice.roll(7, shard, $0, sink).isWithin(of.bad) else { return .none }
                    return [Flaw.poison, .poison, .refused, .refused, .stuck][dice.roll(8, shard, $0, sink).below(5)]
                })
            filtered.append(records.indices.map { dice.roll(9, shard, $0, sink).isWithin(of.filtered) })
        }
    }

    /// The index of the first record that does not begin before `position`.
    func index(notBefore position: Position) -> Int {
        guard position.offset < end else { return records.count }
        var index = firsts[Int(position.offset)]
        while index < records.count, records[index].start < position { index += 1 }
        return index
    }

    /// The index of a record.
    func index(of record: RecordID) -> Int { firsts[Int(record.offset)] + Int(record.sub) }

    /// Whether a transform leaves `sink` without the record at `index`.
    func isDead(_ index: Int, at sink: Int) -> Bool { dead[index] == 1 || dead[index] == 2 + sink }
}
