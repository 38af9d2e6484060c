import SimulationWorld
import Testing

/// The engine's state machines in a simulated world. `make simulate SEEDS=n` runs many more seeds.
@Suite struct SimulationTests {
    /// Seeds that found something once.
    private static let cases: [UInt64] = [
        25, 82, 393, 1832, 4688, 5853, 122_178,
    ]

    @Test(arguments: 0..<8) func seedsKeepTheInvariants(part: Int) {
        for seed in UInt64(part * 25)..<UInt64(part * 25 + 25) {
            let violation = World(.drawn(seed)).run()
            #expect(violation == nil, "seed \(seed); .build/release/MillraceSimulation --trace \(seed) explains it")
        }
    }

    @Test(arguments: cases) func aStoredCaseStaysWell(seed: UInt64) {
        let violation = World(.drawn(seed)).run()
        #expect(violation == nil)
    }

    @Test func aRunCanBeRepeated() {
        for seed in UInt64(0)..<20 {
            let (first, second) = (World(.drawn(seed)), World(.drawn(seed)))
            first.trace = []
            second.trace = []
            first.run()
            second.run()
            #expect(first.steps == second.steps && first.trace == second.trace, "seed \(seed)")
        }
    }
}
