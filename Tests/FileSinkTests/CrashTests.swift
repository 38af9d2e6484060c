import Millrace
import Platform
import Testing

@testable import FileSink

/// Neither loss nor duplicates, wherever the process or the power ends.
@Suite struct CrashTests {
    private static let limits = FileState.Limits(sync: 100, rotate: 60, lockWait: 1_000)

    /// One history with syncs, a rotation and filtered records; a crash in every state that any of its calls can leave,
    /// and a checkpoint as late or as early as the reports allow.
    @Test func `a crash during any call, in any state it leaves, repeats and loses nothing`() {
        let log = (0..<20).map { $0 % 5 != 3 }
        var shard = SimulatedShard(log: log, limits: Self.limits)
        shard.state.requestOpen()
        var crashes = 0
        var submitted = 0
        for turn in 0..<400 where shard.position < log.count || !shard.owned.isEmpty {
            if shard.isOpen, turn % 5 == 0, shard.position < log.count {
                shard.submit(3)
                submitted += 1
            }
            guard let step = shard.state.next(now: shard.now) else {
                shard.now += 40
                continue
            }
            for image in shard.disk.images(during: step) {
                for committed in Set([0, shard.checkpoint]) {
                    crashes += 1
                    var copy = shard
                    copy.committed = committed
                    copy.restart(on: image)
                    copy.finish()
                    #expect(
                        copy.disk.text == copy.expected,
                        "crash \(crashes) in turn \(turn) during \(step.kind), committed \(committed)")
                    if copy.disk.text != copy.expected { return }
                }
            }
            shard.step()
        }
        #expect(crashes > 1_000 && submitted == 7)
        #expect(shard.disk.names.count >= 3, "a history without rotation")
    }

    @Test(arguments: 0..<150 as Range<UInt64>)
    func `random histories with crashes and failures end with every record once`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let log = (0..<60).map { _ in random.next() % 4 != 0 }
        let rotate: Int64? = random.next() % 2 == 0 ? 80 : nil
        var shard = SimulatedShard(log: log, limits: FileState.Limits(sync: 50, rotate: rotate, lockWait: 1_000))
        shard.open()
        var crashes = 0
        for _ in 0..<2_000 where shard.position < log.count || !shard.owned.isEmpty {
            switch random.next() % 16 {
            case 0 where shard.isOpen: shard.submit(Int(random.next() % 6) + 1)
            case 1: shard.now += Int64(random.next() % 60)
            case 2: shard.committed = max(shard.committed, shard.checkpoint)
            case 3: shard.state.flush()
            case 4 where random.next() % 8 == 0: addFault(&shard, &random)
            case 5 where random.next() % 6 == 0:
                guard let step = shard.state.next(now: shard.now) else { continue }
                let images = shard.disk.images(during: step)
                crashes += 1
                shard.restart(on: images[Int(random.next() % UInt64(images.count))])
            case 6 where random.next() % 12 == 0: handOver(&shard)
            default: shard.step()
            }
            if !shard.isOpen, shard.state.phase == .idle { shard.open() }
        }
        shard.disk.faults = []
        shard.finish()
        #expect(shard.disk.text == shard.expected, "seed \(seed), \(crashes) crashes, rotate \(rotate ?? 0)")
    }

    private func addFault(_ shard: inout SimulatedShard, _ random: inout SplitMix64) {
        let kinds: [FileState.Step.Kind] = [.write, .sync, .record, .cut, .rename, .begin, .open]
        let kind = kinds[Int(random.next() % UInt64(kinds.count))]
        shard.disk.faults.append((kind, 28, Int(random.next() % 12)))
    }

    /// The shard ends without having made everything safe, and the next epoch begins at the checkpoint.
    private func handOver(_ shard: inout SimulatedShard) {
        shard.committed = max(shard.committed, shard.checkpoint)
        shard.take(shard.state.abandon())
        shard.take(shard.state.forget())
        shard.settle()
        shard.restart(on: shard.disk)
    }
}
