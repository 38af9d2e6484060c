import SimulationWorld
import Testing

/// An outage is not poison.
@Suite struct OutageTests {
    private static let minutes = 60_000

    /// A required sink with poison among its records, and ten minutes during which it answers nothing but failures.
    private func world(_ seed: UInt64, _ kind: Fault.FailureKind) -> World {
        var plan = Plan(seed: seed)
        plan.shards = 2
        plan.offsets = 200
        plan.batch = 9
        plan.backlog = 10
        plan.pace = 4000  // a record of each shard every 4 s: they come before, during and after
        plan.threshold = 2
        plan.recovery = 5000
        plan.sinks[0].bad = 100
        plan.horizon = 14 * Self.minutes
        plan.faults = [Fault(at: Self.minutes, .outage(sink: 0, kind, for: 10 * Self.minutes))]
        return World(plan)
    }

    @Test(arguments: UInt64(1)...20) func tenMinutesDownCostNoDeadLetter(seed: UInt64) {
        let world = world(seed, .transient)
        #expect(world.run() == nil)
        // What was refused before the outage may be written in its first second.
        let during = world.written.filter { $0.time > Self.minutes + 1000 && $0.time < 11 * Self.minutes }
        #expect(during.isEmpty, "seed \(seed)")
        let bad = Set(world.badRecords(ofSink: 0))
        let letters = world.written.map { World.Place(shard: $0.shard, offset: $0.offset) }
        #expect(!bad.isEmpty && Set(letters) == bad && letters.count == bad.count, "seed \(seed): exactly the poison")
    }

    @Test(arguments: UInt64(1)...20) func tenMinutesOfRefusalsCostNoMoreThanTheAllowance(seed: UInt64) {
        let world = world(seed, .rejected)
        #expect(world.run() == nil)
        let innocent = world.written.count { $0.isInnocent }
        #expect(innocent <= max(1, world.plan.unwitnessed), "seed \(seed)")
        let bad = Set(world.badRecords(ofSink: 0))
        let letters = Set(
            world.written.filter { !$0.isInnocent }.map { World.Place(shard: $0.shard, offset: $0.offset) })
        #expect(letters == bad, "seed \(seed)")
    }
}
