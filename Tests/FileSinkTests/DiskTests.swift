import Glibc
import Millrace
import Platform
import Testing

@testable import FileSink

/// What a real disk does to a file sink: crashes, and no room.
@Suite struct DiskTests {
    private func log(_ count: Int) -> [Entry] { (0..<Int64(count)).map { Entry($0, "record \($0)") } }

    private func lines(_ entries: some Sequence<Entry>) -> String {
        entries.compactMap(\.payload).map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    }

    /// All lines of a folder's finished files and its current one, in order.
    private func text(_ folder: TemporaryFolder) throws -> String {
        let names = try folder.names().filter { $0.hasPrefix("t-0-") }
            .sorted { number($0) < number($1) }
        return try (names + ["t-0.txt"]).map { try folder.text($0) }.joined()
    }

    private func number(_ name: String) -> Int { Int(name.dropFirst(4).dropLast(4)) ?? -1 }

    /// Delivers what a crashed run left over, with the whole sink, and answers what the files then hold.
    private func finish(_ folder: TemporaryFolder, _ log: [Entry], from: Int, rotate: Int?) throws -> String {
        let sink = try fileSink(folder.path + "/{shard}.txt", rotate: rotate, sync: 0)
        let test = try TestShard(sink, log, from: from)
        try test.deliver(batch: 4)
        test.forget()
        sink.close()
        return try text(folder)
    }

    @Test func `the last descriptors are not for files`() throws {
        let folder = try TemporaryFolder()
        let files = FilePaths(data: folder.path + "/t-0.txt", extensionCount: 4)
        // Whatever number the file gets, it is above this limit.
        let device = FileDevice(files: files, descriptorLimit: { 0 })
        guard case .failed(let error) = device.perform(.open) else {
            Issue.record("opened")
            return
        }
        #expect(error.code == EMFILE)
        let other = FileDevice(files: files, descriptorLimit: { 1 << 20 })
        guard case .facts = other.perform(.open) else {
            Issue.record("not opened, though there is room")
            return
        }
    }

    @Test func `after a crash behind any call, and inside any write, every record is there once`() throws {
        let folder = try TemporaryFolder()
        let image = try TemporaryFolder()
        let files = FilePaths(data: folder.path + "/t-0.txt", extensionCount: 4)
        let device = FileDevice(files: files)
        let origin = FileState.Origin(sink: "s", shard: ShardID(topic: "t", partition: 0))
        var state = FileState(
            files: files, limits: FileState.Limits(sync: 0, rotate: 50, lockWait: 0), origin: origin)
        state.requestOpen()
        var submitted = 0
        var safe = 0
        var crashes = 0
        while safe < 12 {
            if state.phase == .ready, state.next(now: 1) == nil {
                _ = state.enqueue(
                    SimulatedShard.chunk(
                        [submitted, submitted + 1, submitted + 2], first: submitted, last: submitted + 2))
                submitted += 3
            }
            guard let step = state.next(now: 1) else { continue }
            let answer = device.perform(step)
            // The process dies here, or in the middle of the write.
            for cut in Set([0, 1, 10, 26]) {
                if cut > 0, step.kind != .write { continue }
                try image.copy(folder)
                if cut > 0 {
                    let file = try File(image.path + "/t-0.txt", .writing)
                    try file.truncate(to: try file.size() - Int64(cut))
                }
                crashes += 1
                let text = try finish(image, log(14), from: crashes % 2 == 0 ? safe : 0, rotate: 50)
                #expect(text == lines(log(14)), "\(step.kind), \(cut) bytes cut, safe \(safe)")
            }
            for case .durable(let last) in state.finish(step, answer, now: 1) { safe = Int(last.offset) + 1 }
        }
        _ = device.perform(.close)
        let names = try folder.names()
        #expect(crashes > 30 && names.count >= 4)
    }

    /// A child process runs the whole sink and is killed while it does; what it called safe is in a file of its own.
    @Test(arguments: 1...6)
    func `a process that is killed at work has lost and repeated nothing`(round: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int] in
            let sink = try fileSink(path + "/{shard}.txt", rotate: 5_000, sync: 1, memory: 10_000)
            let log = (0..<Int64(100_000)).map { Entry($0, "record \($0)") }
            let test = try TestShard(sink, log)
            let safe = try File(path + "/safe", [.writing, .creating])
            var reports = 0
            var told: Int64 = 0
            test.onCheckpoint = { offset in
                guard offset > told else { return }
                told = offset
                reports += 1
                // As late as a commit may be: every third report, padded so that one write replaces it whole.
                let digits = "\(offset)"
                let padded = Array((String(repeating: "0", count: 12 - digits.count) + digits).utf8)
                if reports % 3 == 0 { try? safe.write(padded.span, at: 0) }
                guard reports == 10 + round * 5 else { return }
                // Wherever the writer is by then.
                var random = SplitMix64(seed: UInt64(round))
                let until = MonotonicClock.now() + Int64(random.next() % 3_000_000)
                while MonotonicClock.now() < until {}
                kill(getpid(), SIGKILL)
            }
            try test.deliver(batch: 50)
        }
        let safe = Int(String(decoding: try FileSystem.contents(of: path + "/safe"), as: UTF8.self)) ?? 0
        #expect(safe > 0)
        try FileSystem.remove(path + "/safe")
        let all = log(safe + 4_000)
        #expect(try finish(folder, all, from: safe, rotate: 5_000) == lines(all), "safe \(safe)")
    }

    @Test(.enabled(if: Tmpfs.isPossible, "skipped: cannot mount"))
    func `a full disk stops the sink, not the truth, and goes on when there is room`() throws {
        let disk = try Tmpfs(size: 262_144)
        let ballast = try File(disk.path + "/ballast", [.writing, .creating])
        try ballast.write([UInt8](repeating: 1, count: 163_840).span)
        let notes = Notebook()
        let sink = try fileSink(disk.path + "/{shard}.txt", sync: 1, memory: 20_000, notes: notes)
        let log = (0..<1_500).map { Entry($0, [UInt8](repeating: 97 + UInt8($0 % 26), count: 99)) }
        let test = try TestShard(sink, log)
        while notes.count("file-waits") == 0 {
            if test.submit(20) == 0 { try test.listen(isPatient: false) }
            sched_yield()
        }
        while test.submit(20) > 0 {}
        #expect(notes.all.contains { $0.fields.contains { $0.value.contains("No space left on device") } })
        #expect(test.position < 1_000 && test.losses == 0 && test.dead.isEmpty)
        // Whole lines, in order, and all that was called safe.
        _ = try text(of: disk, endsWhole: true)
        let safe = Int(test.durables.last ?? 0)
        #expect(lines(log).hasPrefix(try disk.folder.text("t-0.txt")))
        #expect(try disk.folder.text("t-0.txt").utf8.count >= safe * 100)
        try ballast.close()
        try FileSystem.remove(disk.path + "/ballast")
        try test.deliver(batch: 20)
        #expect(try disk.folder.text("t-0.txt") == lines(log))
        #expect(notes.count("file-waits") <= 2 && notes.count("file-works-again") >= 1)
        sink.close()
    }

    @Test(.enabled(if: Tmpfs.isPossible, "skipped: cannot mount"))
    func `a shard that is handed over while the disk is full leaves what was safe`() throws {
        let disk = try Tmpfs(size: 131_072)
        let ballast = try File(disk.path + "/ballast", [.writing, .creating])
        try ballast.write([UInt8](repeating: 1, count: 65_536).span)
        let notes = Notebook()
        let sink = try fileSink(disk.path + "/{shard}.txt", sync: 1, memory: 20_000, notes: notes)
        let log = (0..<500).map { Entry($0, [UInt8](repeating: 97 + UInt8($0 % 26), count: 99)) }
        let test = try TestShard(sink, log)
        while notes.count("file-waits") == 0 {
            if test.submit(20) == 0 { try test.listen(isPatient: false) }
            sched_yield()
        }
        try test.listen(isPatient: false)
        let checkpoint = Int(test.checkpoint)
        test.abandon()
        test.forget()
        try ballast.close()
        try FileSystem.remove(disk.path + "/ballast")
        let next = try TestShard(sink, log, epoch: 2, from: checkpoint)
        try next.deliver(batch: 20)
        #expect(try disk.folder.text("t-0.txt") == lines(log))
        sink.close()
    }

    /// The file's text, once the cut of a failed write is done.
    private func text(of disk: Tmpfs, endsWhole: Bool) throws -> String {
        let deadline = patience()
        while true {
            let text = try disk.folder.text("t-0.txt")
            if text.hasSuffix("\n") == endsWhole { return text }
            try #require(MonotonicClock.now() < deadline, "a torn line stays")
            sched_yield()
        }
    }
}
