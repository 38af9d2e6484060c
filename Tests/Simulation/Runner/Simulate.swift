import Glibc
import SimulationWorld

/// Runs seeds on all cores and says what came of them.
///
///     MillraceSimulation [--seeds N] [--from N] [--brief] [--trace SEED] [--revokes]
@main
struct Simulate {
    /// What a part of the seeds came to.
    struct Part: Sendable {
        var seeds = 0
        var steps = 0
        var transitions: Set<UInt64> = []
        var failures: [UInt64: Violation] = [:]
    }

    static func main() async {
        var seeds: UInt64 = 10_000
        var from: UInt64 = 0
        var isBrief = false
        var arguments = Array(CommandLine.arguments.dropFirst())
        while let argument = arguments.popFirst() {
            switch argument {
            case "--seeds": seeds = arguments.popFirst().flatMap(UInt64.init) ?? seeds
            case "--from": from = arguments.popFirst().flatMap(UInt64.init) ?? from
            case "--trace":
                guard let seed = arguments.popFirst().flatMap(UInt64.init) else { exit(64) }
                explain(seed)
                return
            case "--brief": isBrief = true
            case "--revokes":
                print(RevokeTable.text)
                return
            default:
                print("usage: MillraceSimulation [--seeds N] [--from N] [--brief] [--trace SEED] [--revokes]")
                exit(64)
            }
        }
        let total = await run(from..<from + seeds, isBrief: isBrief)
        for (seed, violation) in total.failures.sorted(by: { $0.key < $1.key }).prefix(20) {
            print("seed \(seed): \(violation)")
        }
        if let seed = total.failures.keys.min() {
            if !isBrief { explain(seed) }
            exit(1)
        }
    }

    /// Runs all seeds, a part at a time on each core; `isBrief`: until one fails.
    static func run(_ seeds: Range<UInt64>, isBrief: Bool) async -> Part {
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let size: UInt64 = isBrief ? 50 : 200
        let start = ContinuousClock.now
        var total = Part()
        await withTaskGroup(of: Part.self) { group in
            var next = seeds.lowerBound
            func add() {
                guard next < seeds.upperBound, !isBrief || total.failures.isEmpty else { return }
                let part = next..<min(next + size, seeds.upperBound)
                next = part.upperBound
                group.addTask { runPart(part) }
            }
            for _ in 0..<cores { add() }
            for await part in group {
                add()
                total.seeds += part.seeds
                total.steps += part.steps
                total.transitions.formUnion(part.transitions)
                total.failures.merge(part.failures) { first, _ in first }
                show(total, of: seeds.count, since: start)
            }
        }
        print(summary(total, since: start))
        return total
    }

    static func runPart(_ seeds: Range<UInt64>) -> Part {
        var part = Part()
        for seed in seeds {
            let world = World(.drawn(seed))
            if let violation = world.run() { part.failures[seed] = violation }
            part.seeds += 1
            part.steps += world.steps
            part.transitions.formUnion(world.transitions)
        }
        return part
    }

    /// One line that grows, on a terminal alone.
    static func show(_ total: Part, of count: Int, since start: ContinuousClock.Instant) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        let done = total.seeds * 30 / max(1, count)
        let bar = String(repeating: "=", count: done) + String(repeating: " ", count: 30 - done)
        let line = "\r[\(bar)] \(summary(total, since: start))   "
        say(total.seeds == count ? line + "\n" : line)
    }

    private static func say(_ text: String) {
        // The pointer is used within the call alone.
        _ = unsafe text.withCString { unsafe Glibc.write(STDERR_FILENO, $0, text.utf8.count) }
    }

    static func summary(_ total: Part, since start: ContinuousClock.Instant) -> String {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let pace = Int(Double(total.seeds) / max(0.001, seconds))
        return "\(total.seeds) seeds, \(pace) a second, \(total.steps) steps, \(total.transitions.count) transitions, "
            + "\(total.failures.count) violations"
    }

    /// Prints the smallest run that breaks what the seed breaks.
    static func explain(_ seed: UInt64) {
        guard let violation = World(.drawn(seed)).run() else {
            print("seed \(seed): no violation")
            return
        }
        let plan = Shrinking.smallest(.drawn(seed), breaking: violation.invariant)
        let world = World(plan)
        world.trace = []
        world.run()
        print("seed \(seed), made smaller: \(plan)")
        for line in (world.trace ?? []).suffix(400) { print(line) }
    }
}

extension Array {
    fileprivate mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }
}
