import Glibc
import Millrace
import Platform
import Testing

@testable import FileSink

/// The whole sink on a real disk, with its thread.
@Suite struct FileSinkTests {
    let folder: TemporaryFolder
    let notes = Notebook()
    private let shard = ShardID(topic: "t", partition: 0)

    init() throws { folder = try TemporaryFolder() }

    private func log(_ count: Int, from first: Int64 = 0) -> [Entry] {
        (first..<(first + Int64(count))).map { Entry($0, "record \($0)") }
    }

    private func lines(_ entries: some Sequence<Entry>) -> String {
        entries.compactMap(\.payload).map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    }

    private func sink(
        rotate: Int? = nil, memory: Int = 1 << 20, revoke: Int64 = 5_000, sync: Int64 = 20
    ) throws -> any Sink {
        try fileSink(
            folder.path + "/out/{topic}/{shard}.txt", rotate: rotate, sync: sync, memory: memory, revoke: revoke,
            notes: notes)
    }

    private func text(_ name: String = "out/t/t-0.txt") throws -> String { try folder.text(name) }

    @Test func `lines land in order, in folders that were missing, and the file is given back`() throws {
        let sink = try sink()
        let test = try TestShard(sink, log(1_000))
        try test.deliver(batch: 37)
        #expect(try text() == lines(test.log))
        #expect(test.dead.isEmpty && test.losses == 0)
        test.forget()
        test.lane.close()
        sink.close()
        #expect(Set(try FileSystem.list(folder.path + "/out/t")) == ["t-0.txt", "t-0.txt.state"])
        #expect(try text("out/t/t-0.txt.state").contains("\npid \(Process.identifier)\n"))
    }

    @Test func `what an earlier run began is continued`() throws {
        for run in 0..<3 {
            let sink = try sink()
            let test = try TestShard(sink, log(10, from: Int64(run) * 10))
            try test.deliver(batch: 3)
            test.forget()
            sink.close()
        }
        #expect(try text() == lines(log(30)))
    }

    @Test func `empty payloads are empty lines, tombstones are none, and bytes are kept as they are`() throws {
        let sink = try sink()
        let strange = (0...255).map { UInt8($0) }.filter { $0 != 10 }
        let test = try TestShard(
            sink, [Entry(0, ""), Entry(1, nil), Entry(2, strange), Entry(3, nil), Entry(4, "")])
        try test.deliver(batch: 5)
        #expect(try FileSystem.contents(of: folder.path + "/out/t/t-0.txt") == [10] + strange + [10, 10])
        #expect(test.durables.last == 5)
        sink.close()
    }

    @Test(arguments: [1, 2, 3, 7])
    func `a line feed in any position makes that record poison, and the others land in order`(batch: Int) throws {
        for position in 0..<7 {
            let inner = try TemporaryFolder()
            let sink = try fileSink(inner.path + "/{shard}", sync: 5)
            var log = log(7)
            log[position] = Entry(Int64(position), "two\nlines")
            let test = try TestShard(sink, log)
            try test.deliver(batch: batch)
            #expect(test.dead.keys.sorted() == [Int64(position)])
            #expect(test.dead[Int64(position)]?.kind == .poison)
            let good = log.enumerated().filter { $0.offset != position }.map(\.element)
            #expect(try inner.text("t-0") == lines(good), "poison at \(position)")
            // The delivery, what is left from the poison on, and the rest.
            let deliveries = (7 + batch - 1) / batch
            #expect(test.submits <= deliveries + 3 + 1)
            sink.close()
        }
    }

    @Test func `a batch of poison alone is all dead`() throws {
        let sink = try sink()
        let test = try TestShard(sink, (0..<20).map { Entry($0, "\n\($0)") })
        try test.deliver(batch: 6)
        #expect(test.dead.count == 20 && test.durables.isEmpty)
        #expect(try text().isEmpty)
        sink.close()
    }

    @Test func `nothing lands that was sent before a failure was heard of`() throws {
        let sink = try sink(sync: 0)
        let test = try TestShard(sink, [Entry(0, "a"), Entry(1, "b\n"), Entry(2, "c"), Entry(3, "d")])
        while test.submit(1) == 0 { try test.listen() }
        // 1 fails; 2 and 3 follow in ignorance of it.
        #expect(test.submit(1) == 1 && test.submit(1) == 1 && test.submit(1) == 1)
        try test.listen()
        while test.dead.isEmpty { try test.listen() }
        #expect(test.position == 2 && test.heard == 1)
        try test.deliver(batch: 1)
        #expect(try text() == "a\nc\nd\n")
        sink.close()
    }

    @Test func `records of a megabyte and more pass through little memory, in order`() throws {
        let sink = try sink(memory: 300_000)
        let log = (0..<12).map { Entry($0, [UInt8](repeating: 97 + UInt8($0), count: $0 % 3 == 0 ? 1 << 20 : 100_000)) }
        let test = try TestShard(sink, log)
        try test.deliver(batch: 5)
        #expect(try text() == lines(log))
        #expect(test.fulls > 0)
        sink.close()
    }

    @Test func `many shards on as many lanes each have their file`() throws {
        let sink = try sink(rotate: 200, memory: 20_000, sync: 50)
        let shards = try (0..<40).map { index in
            try TestShard(
                sink, log(40, from: Int64(index)), shard: ShardID(topic: "t\(index % 3)", partition: Int32(index)),
                slot: index)
        }
        for test in shards { while test.submit(9) > 0 {} }
        for test in shards { try test.deliver(batch: 9) }
        for (index, test) in shards.enumerated() {
            let folder = "out/t\(index % 3)"
            let name = "t\(index % 3)-\(index)"
            let all = try FileSystem.list(self.folder.path + "/" + folder)
            let rotated = all.filter { $0.hasPrefix(name + "-") }
                .sorted {
                    Int($0.dropLast(4).split(separator: "-")[2]) ?? 0 < Int($1.dropLast(4).split(separator: "-")[2])
                        ?? 0
                }
            let found = try (rotated + [name + ".txt"]).map { try text(folder + "/" + $0) }
            #expect(found.joined() == lines(test.log))
            #expect(found.allSatisfy { $0.utf8.count <= 200 } && rotated.count >= 1)
            test.forget()
        }
        sink.close()
    }

    @Test func `rotated files bear their first offset, and an unfinished one is continued`() throws {
        for run in 0..<2 {
            let sink = try sink(rotate: 50)
            let test = try TestShard(sink, log(5, from: Int64(run) * 5))
            // A line a delivery: nine bytes, five lines a file.
            try test.deliver(batch: 1)
            test.forget()
            sink.close()
        }
        let names = try FileSystem.list(folder.path + "/out/t")
        #expect(names == ["t-0-0.txt", "t-0.txt", "t-0.txt.state"])
        #expect(try text("out/t/t-0-0.txt") == lines(log(5)))
        #expect(try text() == lines(log(5, from: 5)))
    }

    @Test func `a torn tail of a file that somebody else began is cut off`() throws {
        try FileSystem.makeFolders(folder.path + "/out/t")
        try folder.put("out/t/t-0.txt", "one\ntwo\nthr")
        let sink = try sink()
        let test = try TestShard(sink, log(2))
        try test.deliver(batch: 2)
        #expect(try text() == "one\ntwo\n" + lines(log(2)))
        #expect(notes.count("file-cut") == 1)
        sink.close()
    }

    @Test func `abandoned lines are gone when the next epoch begins`() throws {
        let sink = try sink(sync: 60_000)
        let first = try TestShard(sink, log(6))
        while first.position < 3 { if first.submit(1) == 0 { try first.listen() } }
        first.flush()
        while first.durables.last != 3 { try first.listen() }
        while first.position < 6 { if first.submit(1) == 0 { try first.listen() } }
        first.abandon()
        first.forget()
        let second = try TestShard(sink, log(6), epoch: 2, from: 3)
        try second.deliver(batch: 2)
        #expect(try text() == lines(log(6)))
        second.forget()
        sink.close()
    }

    @Test func `records that were safe before an unheard report are not written twice`() throws {
        let sink = try sink(sync: 0)
        let first = try TestShard(sink, log(6))
        try first.deliver(batch: 6)
        // As if the lane had ended before it heard: the checkpoint did not move.
        first.abandon()
        first.forget()
        let second = try TestShard(sink, log(8), epoch: 2, notes: notes)
        try second.deliver(batch: 4)
        #expect(try text() == lines(log(8)))
        #expect(notes.all.first { $0.event == "file-resumed" }?.fields.last?.value == "6")
        second.forget()
        sink.close()
    }

    @Test func `who goes back before all that is known gets everything again`() throws {
        let sink = try sink(sync: 0)
        let first = try TestShard(sink, log(6), from: 2)
        try first.deliver(batch: 6)
        first.abandon()
        first.forget()
        let second = try TestShard(sink, log(6), epoch: 2, from: 1)
        try second.deliver(batch: 2)
        second.forget()
        #expect(try text() == lines(log(6)[2...]) + lines(log(6)[1...]))
        sink.close()
    }

    @Test func `a finished file's name that exists is not taken away`() throws {
        try FileSystem.makeFolders(folder.path + "/out/t")
        try folder.put("out/t/t-0-0.txt", "old\n")
        let sink = try sink(rotate: 50)
        let test = try TestShard(sink, log(6))
        try test.deliver(batch: 1)
        #expect(try text("out/t/t-0-0.txt") == "old\n")
        #expect(try text("out/t/t-0-0.2.txt") == lines(log(5)))
        #expect(try text() == lines(log(6)[5...]))
        sink.close()
    }

    @Test func `poison among records that are safe already is poison again`() throws {
        let sink = try sink(sync: 0)
        var entries = log(6)
        entries[2] = Entry(2, "a\nb")
        let first = try TestShard(sink, entries)
        try first.deliver(batch: 6)
        #expect(first.dead.keys.sorted() == [2])
        first.abandon()
        first.forget()
        let second = try TestShard(sink, entries, epoch: 2)
        try second.deliver(batch: 6)
        #expect(second.dead.keys.sorted() == [2])
        #expect(try text() == lines([0, 1, 3, 4, 5].map { entries[$0] }))
        sink.close()
    }

    @Test(arguments: ["{topic}-{partition}.txt", "{shard}.txt", "{date}/{shard}.txt"])
    func `another group is refused the path at once, its own is not, nor another topic`(name: String) throws {
        let path = "\(folder.path)/out/\(name)"
        let first = try fileSink(path, group: "one")
        let second = try fileSink(path, group: "one")
        let other = try fileSink(path, topic: "u", group: "two")
        let sinks = [first, second, other]
        let error = #expect(throws: MillraceError.self) { try fileSink(path, group: "two") }
        #expect(error?.code == .cannotCreate)
        #expect(error?.message == "sink s: the files of `path` are written by pipeline p, group one")
        first.close()
        #expect(throws: MillraceError.self) { try fileSink(path, group: "two") }
        second.close()
        try fileSink(path, group: "two").close()
        for sink in sinks[2...] { sink.close() }
    }

    @Test func `a second sink waits for the lock, and goes on when it is given back`() throws {
        let sinks = try (0..<2).map { _ in try sink() }
        let first = try TestShard(sinks[0], log(4))
        try first.deliver(batch: 2)
        let second = try TestShard(sinks[1], log(8), from: 4)
        #expect(second.submit(1) == 0)
        _ = notes.wait(for: "file-locked")
        first.forget()
        try second.deliver(batch: 2)
        #expect(try text() == lines(log(8)))
        for sink in sinks { sink.close() }
    }

    @Test func `a lock that another process keeps is fatal, with its number, until it is gone`() throws {
        try FileSystem.makeFolders(folder.path + "/out/t")
        try folder.put("out/t/t-0.txt.state", "Somebody\npid 4242\n")
        let other = try Child(["/usr/bin/flock", folder.path + "/out/t/t-0.txt.state", "cat"])
        #expect(other.echo("x") == "x")
        let sink = try sink(revoke: -4_900)
        let test = try TestShard(sink, log(3))
        while test.dead.isEmpty { if test.submit(3) == 0 { try test.listen() } }
        #expect(test.dead[0]?.kind == .fatal)
        #expect(test.dead[0]?.message.contains("t-0.txt is being written by process 4242") == true)
        #expect(test.durables.isEmpty)
        // What an operator does: stop the other, and let this one try again.
        other.end()
        let again = try TestShard(sink, log(3), epoch: 2)
        try again.deliver(batch: 3)
        #expect(try text() == lines(log(3)))
        sink.close()
    }

    @Test(arguments: ["", "another file\n"])
    func `a file moved away or replaced under the sink is begun anew with what was not safe`(other: String) throws {
        let sink = try sink(sync: 60_000)
        let test = try TestShard(sink, log(6))
        while test.position < 3 { if test.submit(1) == 0 { try test.listen() } }
        test.flush()
        while test.durables.last != 3 { try test.listen() }
        while test.position < 6 { if test.submit(1) == 0 { try test.listen() } }
        try FileSystem.rename(folder.path + "/out/t/t-0.txt", to: folder.path + "/moved")
        if !other.isEmpty { try folder.put("out/t/t-0.txt", other) }
        test.flush()
        while test.losses == 0 { try test.listen() }
        #expect(test.position == 3)
        try test.deliver(batch: 2)
        #expect(try text() == other + lines(log(3, from: 3)))
        #expect(try folder.text("moved") == lines(log(3)), "what was not safe there was cut off")
        #expect(notes.count("file-lost") == 1)
        sink.close()
    }

    @Test(arguments: [false, true])
    func `a file cut under the sink is noticed`(isWritten: Bool) throws {
        let sink = try sink(sync: 60_000)
        let test = try TestShard(sink, log(6))
        while test.position < 6 { if test.submit(2) == 0 { try test.listen() } }
        test.flush()
        while test.durables.last != 6 { try test.listen() }
        test.log += log(2, from: 6)
        let file = try File(folder.path + "/out/t/t-0.txt", .writing)
        if !isWritten { try file.truncate(to: 12) }
        #expect(test.submit(2) == 2)
        if isWritten {
            // The lines are behind the cut when it comes: the sync finds out.
            while try file.size() < 72 { sched_yield() }
            try file.truncate(to: 12)
        }
        test.flush()
        while test.losses == 0 { try test.listen() }
        try test.deliver(batch: 2)
        #expect(try text() == lines(log(1)) + lines(log(2, from: 6)))
        #expect(notes.count("file-shrunk") == 1)
        sink.close()
    }

    @Test func `a name that cannot be opened is waited for, and the log says so`() throws {
        try FileSystem.makeFolders(folder.path + "/out/t/t-0.txt")
        let sink = try sink()
        let test = try TestShard(sink, log(3))
        #expect(test.submit(3) == 0)
        let note = try #require(notes.wait(for: "file-waits"))
        #expect(note.fields.contains { $0.value.contains("Is a directory") })
        try FileSystem.removeFolder(folder.path + "/out/t/t-0.txt")
        try test.deliver(batch: 3)
        #expect(try text() == lines(log(3)))
        _ = notes.wait(for: "file-works-again")
        sink.close()
    }

    @Test func `closing ends what was not forgotten, and keeps what was safe`() throws {
        let sink = try sink(sync: 60_000)
        let test = try TestShard(sink, log(4))
        while test.position < 4 { if test.submit(1) == 0 { try test.listen() } }
        test.lane.close()
        sink.close()
        #expect(try text().isEmpty, "nothing of it was called durable")
        let again = try TestShard(try self.sink(), log(4))
        try again.deliver(batch: 4)
        #expect(try text() == lines(log(4)))
    }

    @Test func `an old epoch of the same slot is given back when the next one begins`() throws {
        let sink = try sink()
        let inbox = Inbox()
        let first = try TestShard(sink, log(3), inbox: inbox)
        try first.deliver(batch: 3)
        let second = try TestShard(sink, log(6), epoch: 2, from: 3, lane: first.lane, inbox: inbox)
        first.abandon()
        try second.deliver(batch: 3)
        first.forget()
        #expect(try text() == lines(log(6)))
        sink.close()
    }
}
