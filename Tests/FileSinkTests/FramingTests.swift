import Millrace
import Platform
import Testing

@testable import FileSink

/// Payloads behind their lengths.
@Suite struct FramingTests {
    let folder: TemporaryFolder
    let notes = Notebook()

    init() throws { folder = try TemporaryFolder() }

    private func sink(framing: String = "length") throws -> any Sink {
        try fileSink(folder.path + "/{shard}.bin", sync: 20, framing: framing, notes: notes)
    }

    private func bytes() throws -> [UInt8] { try FileSystem.contents(of: folder.path + "/t-0.bin") }

    private func frames(_ entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for payload in entries.compactMap(\.payload) {
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift)) }
            bytes += payload
        }
        return bytes
    }

    private func deliver(_ log: [Entry], framing: String = "length") throws {
        let sink = try sink(framing: framing)
        let test = try TestShard(sink, log)
        try test.deliver(batch: 3)
        #expect(test.dead.isEmpty)
        test.forget()
        sink.close()
    }

    @Test func `any payload will do, and tombstones are left out`() throws {
        let log = [
            Entry(0, "a\nb\n"), Entry(1, nil), Entry(2, ""), Entry(3, [UInt8](repeating: 10, count: 70_000)),
            Entry(4, "end"),
        ]
        try deliver(log)
        #expect(try bytes() == frames(log))
    }

    @Test func `what an earlier run began is continued`() throws {
        let log = (0..<9).map { Entry($0, "record \($0)") }
        try deliver(Array(log[..<4]))
        try deliver(Array(log[4...]))
        #expect(try bytes() == frames(log))
    }

    @Test(arguments: 1..<12)
    func `a torn tail of a file that somebody else began is cut off`(torn: Int) throws {
        let log = (0..<6).map { Entry($0, "record \($0)") }
        let whole = frames(Array(log[..<3]))
        let file = try File(folder.path + "/t-0.bin", [.writing, .creating])
        let bytes = whole + frames([log[3]]).prefix(torn)
        try file.write(bytes.span)
        try deliver(Array(log[3...]))
        #expect(try self.bytes() == frames(log))
        #expect(notes.count("file-cut") == 1)
    }

    @Test func `a file is not continued in another framing`() throws {
        try deliver([Entry(0, "line")], framing: "line")
        let sink = try sink()
        let test = try TestShard(sink, [Entry(1, "frame")])
        _ = test.lane.submit(delivery([Entry(1, "frame")], shard: ShardID(topic: "t", partition: 0)))
        let note = try #require(notes.wait(for: "file-waits"))
        #expect(note.fields.contains { $0.name == "error" && $0.value.contains("another framing") })
        sink.close()
        #expect(try bytes() == Array("line\n".utf8))
    }
}
