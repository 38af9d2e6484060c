import CFloor
import Codecs
import Millrace
import MillraceCommand
import MillraceConfig
import MillraceMachines
import Platform

/// Single parts on one thread, each beside the C floor's counterpart in the same run, in turn.
@safe enum MicroBench {
    private static let rounds = 25
    private static let records = 2000

    /// Prints a line a measurement: name, unit, ours, floor (or -), ratio of the medians.
    static func run() throws {
        for size in [256, 1024, 10_240] { base64(size) }
        for size in [440, 1270, 10_240] { try json(size) }
        machine()
    }

    /// Prints the GB/s of encoded input that `size` bytes of base64 are decoded at.
    static func base64Alone(_ size: Int) {
        let text = Base64.encoded((0..<size / 4 * 3).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) })
        let room = UnsafeMutableRawPointer.allocate(byteCount: size * 2, alignment: 64)
        defer { unsafe room.deallocate() }
        let calls = 40_000_000 / size
        let (seconds, _) = pair {
            unsafe text.withUnsafeBytes { text in
                var sum = 0
                for _ in 0..<calls { sum &+= unsafe (try? Base64.decode(text, into: room, alphabet: .standard)) ?? 0 }
                return sum
            }
        } _: {
            0
        }
        print(digits(Double(calls * text.count) / seconds / 1e9))
    }

    private static func base64(_ size: Int) {
        let input = unsafe Records(size: max(size, 448)).text(0)
        let text = unsafe UnsafeRawBufferPointer(rebasing: input[..<(min(size, input.count) / 4 * 4)])
        let room = UnsafeMutableRawPointer.allocate(byteCount: size * 2, alignment: 64)
        defer { unsafe room.deallocate() }
        let calls = 4_000_000 / size
        let (ours, floor) = pair {
            var sum = 0
            for _ in 0..<calls { sum &+= unsafe (try? Base64.decode(text, into: room, alphabet: .standard)) ?? 0 }
            return sum
        } _: {
            var sum = 0
            for _ in 0..<calls {
                sum &+= unsafe b64_decode(
                    text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count,
                    room.assumingMemoryBound(to: UInt8.self))
            }
            return sum
        }
        let bytes = Double(calls * text.count)
        report("base64 decode, \(text.count) B", "GB/s", bytes / ours / 1e9, bytes / floor / 1e9, lowerIsBetter: false)
    }

    private static func json(_ size: Int) throws {
        let loaded = ConfigLoader(registry: .standard, variables: nil).load(
            Array(PipelineBench.config.utf8), path: "bench.yaml")
        guard let config = loaded.config else { throw MillraceError(.config, "\(loaded.issues)") }
        let (filter, project) = (config.transforms[0].transform, config.transforms[1].transform)
        let data = Records(size: size)
        let (source, kept, made, arena) = (RecordTable(), RecordTable(), RecordTable(), Arena())
        for index in 0..<records {
            unsafe source.append(
                Record(
                    offset: Int64(index), timestamp: 0, payload: data.event(index).bytes, key: nil, origin: index,
                    hasHeaders: false))
        }
        let room = UnsafeMutableRawPointer.allocate(byteCount: 1 << 16, alignment: 64)
        defer { unsafe room.deallocate() }
        let (ours, floor) = pair {
            arena.reset()
            var filtered = BatchBuilder(into: kept, arena: arena)
            source.withList { filter.apply($0, to: &filtered) }
            _ = filtered.finish()
            var projected = BatchBuilder(into: made, arena: arena)
            kept.withList { project.apply($0, to: &projected) }
            _ = projected.finish()
            return made.count
        } _: {
            var passed = 0
            for index in 0..<records {
                let event = unsafe data.event(index)
                let written = unsafe jx_bits_early(
                    event.baseAddress?.assumingMemoryBound(to: UInt8.self), event.count,
                    room.assumingMemoryBound(to: UInt8.self))
                if written > 0 { passed += 1 }
            }
            return passed
        }
        let mean = Int(data.meanSize * 3 / 4)
        report(
            "filter, then project, \(mean) B (two readings; the engine fuses them)", "ns", ours / Double(records) * 1e9,
            floor / Double(records) * 1e9, lowerIsBetter: true)
    }

    private static func machine() {
        let batches = 2_000
        var last = 0
        let (ours, _) = pair {
            var machine = ShardMachine(
                shard: 0, stages: [StageSpec(name: "a", domain: 0)], oversize: .reference)
            var domains = [FaultDomain(failureThreshold: 5, unwitnessed: 3)]
            var actions: [ShardAction] = []
            func step(_ event: ShardEvent) {
                machine.step(
                    event, epoch: 1, now: 0, jitter: 1, creditAvailable: true, domains: &domains, actions: &actions)
            }
            step(.assigned(checkpoint: Position(offset: 0), cursors: []))
            for batch in 0..<batches {
                let first = Int64(batch * 1000)
                actions.removeAll(keepingCapacity: true)
                step(
                    .admitted(
                        Admission(
                            batch: batch, first: Position(offset: first), next: Position(offset: first + 1000),
                            records: RecordRun(offsets: first..<first + 1000), portions: [], dead: [])))
                for action in actions {
                    if case .submit(let submission) = action {
                        step(.done(submission.stage, delivery: submission.delivery, failures: []))
                    }
                }
            }
            last = Int(machine.checkpoint.offset)
            return last
        } _: {
            0
        }
        precondition(last == batches * 1000, "the machine did not come to its end")
        report("shard machine, batches of 1000", "ns", ours / Double(batches * 1000) * 1e9, nil, lowerIsBetter: true)
    }

    /// The median seconds of both, run in turn, after a round of warming up.
    private static func pair(_ ours: () -> Int, _ floor: () -> Int) -> (Double, Double) {
        var (first, second): ([Double], [Double]) = ([], [])
        var sum = 0
        for round in 0...rounds {
            let begin = MonotonicClock.now()
            sum &+= ours()
            let middle = MonotonicClock.now()
            sum &+= floor()
            let end = MonotonicClock.now()
            guard round > 0 else { continue }
            first.append(Double(middle - begin) / 1e9)
            second.append(Double(end - middle) / 1e9)
        }
        precondition(sum != 0, "nothing was done")
        return (first.sorted()[rounds / 2], second.sorted()[rounds / 2])
    }

    private static func report(_ name: String, _ unit: String, _ ours: Double, _ floor: Double?, lowerIsBetter: Bool) {
        let shown = floor.map { "\(digits($0))\t\(digits(ours / $0))" } ?? "-\t-"
        print("\(name)\t\(unit)\t\(digits(ours))\t\(shown)")
    }

    private static func digits(_ value: Double) -> String {
        value >= 100 ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
    }
}
