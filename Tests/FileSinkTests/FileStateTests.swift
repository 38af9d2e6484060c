import Glibc
import Millrace
import Platform
import Testing

@testable import FileSink

/// The decisions about one file, without a disk.
@Suite struct FileStateTests {
    private static let rotating = FileState.Limits(sync: 100, rotate: 60, lockWait: 1_000)
    private static let plain = FileState.Limits(sync: 100, rotate: nil, lockWait: 1_000)

    private func shard(_ count: Int, _ limits: FileState.Limits = plain) -> SimulatedShard {
        SimulatedShard(log: [Bool](repeating: true, count: count), limits: limits)
    }

    @Test func `durable is said after write, sync and record, in this order, and not before the interval`() {
        var shard = shard(3)
        shard.open()
        #expect(shard.isOpen)
        let before = shard.disk.counts
        shard.submit(2)
        var kinds: [FileState.Step.Kind] = []
        while let step = shard.state.next(now: shard.now) {
            kinds.append(step.kind)
            shard.step()
        }
        #expect(kinds == [.write] && shard.durables.isEmpty && shard.owned == [0, 1])
        shard.now += 99
        #expect(shard.state.next(now: shard.now) == nil)
        shard.now += 1
        while let step = shard.state.next(now: shard.now) {
            #expect(shard.durables.isEmpty, "before \(step.kind)")
            kinds.append(step.kind)
            shard.step()
        }
        #expect(kinds == [.write, .sync, .record])
        #expect(shard.durables == [1] && shard.owned.isEmpty)
        #expect(shard.disk.counts[.sync, default: 0] - before[.sync, default: 0] == 1)
        #expect(shard.disk.text == "record 0\nrecord 1\n")
    }

    @Test func `a flush syncs at once, and what follows waits its time again`() {
        var shard = shard(4)
        shard.open()
        shard.submit(2)
        shard.state.flush()
        while shard.step() {}
        #expect(shard.durables == [1])
        shard.submit(2)
        while shard.step() {}
        #expect(shard.durables == [1])
        shard.settle()
        #expect(shard.durables == [1, 3])
    }

    @Test func `a write that fails part way is cut off and tried again, and the log says so once`() {
        var shard = shard(4)
        shard.open()
        shard.submit(1)
        shard.step()
        let lines = shard.disk.text
        shard.submit(1)
        shard.disk.faults = (0..<40).map { _ in (.write, ENOSPC, 3) }
        for _ in 0..<40 {
            shard.now = max(shard.now, shard.state.wakeAt ?? 0)
            while let step = shard.state.next(now: shard.now) {
                shard.step()
                if case .cut = step { #expect(shard.disk.text == lines) }
            }
        }
        // What was written before is safe in time all the same.
        #expect(shard.durables == [0])
        #expect(shard.losses == 0)
        #expect(shard.disk.faults.isEmpty)
        shard.settle()
        #expect(shard.durables == [0, 1])
        #expect(shard.disk.text == lines + "record 1\n")
        // 40 s of failures: at once, after 10 s and after another 20 s.
        #expect(shard.notes.filter { $0 == "file-waits" }.count == 3)
        #expect(shard.notes.last == "file-works-again")
    }

    @Test func `tries pause longer and longer, a second at most`() {
        var trouble = Trouble(step: .write, now: 0)
        var pauses: [Int64] = []
        for _ in 0..<8 {
            _ = trouble.fail(now: 0)
            pauses.append(trouble.retryAt)
        }
        #expect(pauses == [100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000])
    }

    @Test func `a failed sync loses what came since the last good one, and cuts it off`() {
        var shard = shard(6)
        shard.open()
        shard.submit(2)
        shard.settle()
        shard.submit(2)
        shard.step()
        shard.submit(1)
        shard.disk.faults = [(.sync, EIO, 0)]
        shard.now += 100
        // The write of record 4 may or may not be done: it is lost with the others.
        shard.step()
        while !shard.disk.faults.isEmpty { shard.step() }
        #expect(shard.losses == 1 && shard.position == 2 && shard.owned.isEmpty)
        shard.settle()
        #expect(shard.disk.text == "record 0\nrecord 1\n")
        shard.finish()
        #expect(shard.disk.text == shard.expected)
    }

    @Test func `a record that cannot be written holds durable back until it is`() {
        var shard = shard(3)
        shard.open()
        shard.submit(3)
        shard.disk.faults = (0..<5).map { _ in (.record, EIO, 0) }
        shard.now += 100
        while shard.disk.faults.count > 0 {
            #expect(shard.durables.isEmpty)
            if !shard.step() { shard.now = max(shard.now, shard.state.wakeAt ?? 0) }
        }
        #expect(shard.durables.isEmpty && shard.losses == 0)
        shard.settle()
        #expect(shard.durables == [2])
        #expect(shard.disk.counts[.sync] == 1)
    }

    @Test func `a file that was moved away under it is lost from the first record that is not safe`() {
        var shard = shard(6)
        shard.open()
        shard.submit(2)
        shard.settle()
        shard.submit(2)
        shard.step()
        shard.disk.remove()
        shard.settle()
        #expect(shard.losses == 1 && shard.position == 2)
        #expect(shard.notes.contains("file-shrunk"))
        shard.finish()
        #expect(shard.disk.text == "record 2\nrecord 3\nrecord 4\nrecord 5\n")
    }

    @Test func `abandoned lines are cut off, and the next epoch finds the safe ones`() {
        var shard = shard(6)
        shard.open()
        shard.submit(2)
        shard.settle()
        shard.committed = 0
        shard.submit(2)
        shard.step()
        shard.submit(2)
        shard.take(shard.state.abandon())
        shard.settle()
        #expect(shard.disk.text == "record 0\nrecord 1\n")
        shard.take(shard.state.forget())
        shard.settle()
        #expect(shard.state.phase == .closed)
        shard.restart(on: shard.disk)
        shard.finish()
        #expect(shard.disk.text == shard.expected)
        // The checkpoint had not moved: both were answered without being written.
        #expect(shard.skipped == 2)
    }

    @Test func `after a clean end records that are run again are written again`() {
        var shard = shard(5)
        shard.open()
        shard.finish()
        #expect(shard.state.phase == .closed && shard.disk.text == shard.expected)
        shard.committed = 0
        shard.restart(on: shard.disk)
        shard.finish()
        #expect(shard.skipped == 0)
        #expect(shard.disk.text == shard.expected + shard.expected)
    }

    @Test func `after a crash who goes back before all that is known gets everything again`() {
        var shard = shard(9)
        shard.position = 4
        shard.open()
        shard.submit(5)
        shard.settle()
        let crashed = shard.disk
        shard.committed = 3
        shard.restart(on: crashed)
        shard.finish(batch: 2)
        #expect(shard.skipped == 0)
        let lines = (0..<9).map { SimulatedShard.line($0) + "\n" }
        #expect(shard.disk.text == lines[4...].joined() + lines[3...].joined())
        // And not so from the place where the last run began.
        shard.committed = 4
        shard.restart(on: crashed)
        shard.finish(batch: 2)
        #expect(shard.skipped == 5)
        #expect(shard.disk.text == lines[4...].joined())
    }

    @Test func `what is long safe is forgotten, what is new is not`() {
        var shard = shard(40)
        shard.open()
        for _ in 0..<4 {
            shard.submit(10)
            shard.settle()
            shard.now += Memory.span
        }
        #expect(shard.state.record.floor == Position(offset: 30))
        #expect(shard.state.record.known.stretches.map(\.start.offset) == [30])
        #expect(shard.state.record.known.end == Position(offset: 40))
    }

    @Test func `a file is finished before the chunk that would make it too long`() {
        var shard = shard(30, Self.rotating)
        shard.open()
        for _ in 0..<15 {
            shard.submit(2)
            shard.settle()
        }
        // 9 or 10 bytes a line, two lines a chunk: three chunks keep to 60.
        let sizes = shard.disk.names.mapValues { shard.disk.contents[$0]?.live.count ?? 0 }
        #expect(sizes.values.allSatisfy { $0 <= 60 && $0 > 0 })
        #expect(sizes["a-0.txt"] == 54 && sizes["a-6.txt"] == 56 && sizes["a.txt"] != nil)
        #expect(shard.disk.text == shard.expected)
    }

    @Test func `a chunk longer than a file may be has a file of its own`() {
        var shard = shard(40, Self.rotating)
        shard.open()
        shard.submit(20)
        shard.submit(20)
        shard.settle()
        #expect(Set(shard.disk.names.keys) == ["a-0.txt", "a.txt"])
        #expect(shard.disk.text == shard.expected)
    }

    @Test func `a finished file's name that exists gets a number`() {
        var disk = SimulatedDisk(files: SimulatedShard.files)
        disk.make("a-0.txt", "x\n")
        disk.make("a-0.2.txt", "y\n")
        var shard = SimulatedShard(log: [Bool](repeating: true, count: 8), limits: Self.rotating, disk: disk)
        shard.open()
        shard.submit(6)
        shard.submit(2)
        shard.settle()
        #expect(Set(shard.disk.names.keys) == ["a-0.txt", "a-0.2.txt", "a-0.3.txt", "a.txt"])
        #expect(shard.disk.text == "x\ny\n" + shard.expected)
    }

    @Test func `records without a line are safe with what lies before them`() {
        var shard = shard(6)
        shard.open()
        shard.take(shard.state.enqueue(SimulatedShard.chunk([], first: 0, last: 1)))
        #expect(shard.durables == [1])
        shard.take(shard.state.enqueue(SimulatedShard.chunk([2], first: 2, last: 2)))
        shard.step()
        shard.take(shard.state.enqueue(SimulatedShard.chunk([], first: 3, last: 3)))
        #expect(shard.durables == [1])
        shard.settle()
        #expect(shard.durables == [1, 3])
    }

    @Test func `a lock that stays taken is waited for, then refused with its owner's number`() throws {
        var state = FileState(
            files: SimulatedShard.files, limits: Self.plain,
            origin: FileState.Origin(sink: "s", shard: ShardID(topic: "t", partition: 0)))
        state.requestOpen()
        var now: Int64 = 5
        var refusal: String?
        while refusal == nil, let step = state.next(now: now) {
            for case .refused(let why) in state.finish(step, .locked(by: 77), now: now) { refusal = why }
            now = max(now, state.wakeAt ?? now)
        }
        #expect(now == 1_005)
        #expect(try #require(refusal).contains("a.txt is being written by process 77"))
        #expect(state.next(now: now) == nil && state.wakeAt == nil)
        state.requestOpen()
        #expect(state.next(now: now)?.kind == .open)
    }

    @Test func `a chunk that comes while the file is opened anew is lost, not forgotten`() {
        var shard = shard(4)
        shard.open()
        shard.submit(1)
        shard.step()
        shard.disk.remove()
        shard.now += 100
        shard.step()
        #expect(shard.losses == 1)
        shard.submit(2)
        #expect(shard.losses == 2 && shard.owned.isEmpty && shard.position >= 0)
    }

    @Test func `what fails at the end is tried once`() {
        var shard = shard(4)
        shard.open()
        shard.submit(2)
        shard.settle()
        shard.submit(1)
        shard.step()
        shard.disk.faults = [(.cut, EIO, 0), (.close, EIO, 0), (.record, EIO, 0)]
        shard.take(shard.state.forget())
        shard.settle(steps: 10)
        #expect(shard.state.phase == .closed)
        shard.committed = 0
        shard.restart(on: shard.disk)
        shard.finish()
        #expect(shard.disk.text == shard.expected)
    }
}
