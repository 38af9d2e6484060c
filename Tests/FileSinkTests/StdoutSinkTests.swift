import Glibc
import Millrace
import Platform
import Testing

@testable import StdoutSink

/// A pipe whose writing end a sink has for its standard output.
private final class Pipe {
    private(set) var reading: Int32
    private(set) var writing: Int32

    init() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        (reading, writing) = (ends[0], ends[1])
    }

    var output: LineOutput { LineOutput(StandardStream(descriptor: writing)) }

    /// Everything up to the end, once nobody writes any more.
    func rest() throws -> String {
        close(writing)
        writing = -1
        var text: [UInt8] = []
        while true {
            let more = try StandardStream(descriptor: reading).read(upTo: 65_536)
            if more.isEmpty { return String(decoding: text, as: UTF8.self) }
            text += more
        }
    }

    /// The reader goes.
    func closeReading() {
        close(reading)
        reading = -1
    }

    deinit {
        if reading >= 0 { close(reading) }
        if writing >= 0 { close(writing) }
    }
}

@Suite struct StdoutSinkTests {
    private func log(_ count: Int) -> [Entry] { (0..<Int64(count)).map { Entry($0, "record \($0)") } }

    private func lines(_ entries: some Sequence<Entry>) -> String {
        entries.compactMap(\.payload).map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    }

    /// Delivers with one in flight, as `ordered` has it.
    private func deliver(_ test: TestShard, batch: Int) throws {
        while !test.isDone {
            test.submit(batch, window: 1)
            if !test.isDone { try test.listen() }
        }
    }

    @Test func `lines come out in order, and are done when they are out`() throws {
        let pipe = try Pipe()
        let sink = try StdoutSink(output: pipe.output, memory: 1 << 20)
        #expect(sink.ordering == .ordered)
        let test = try TestShard(sink, log(500))
        try deliver(test, batch: 33)
        test.lane.close()
        sink.close()
        #expect(try pipe.rest() == lines(test.log))
    }

    @Test(arguments: 0..<6)
    func `a line feed in any position makes that record poison, and the others come out in order`(place: Int) throws {
        for batch in [1, 2, 6] {
            let pipe = try Pipe()
            let sink = try StdoutSink(output: pipe.output, memory: 1 << 20)
            var entries = log(6)
            entries[place] = Entry(Int64(place), "a\nb")
            let test = try TestShard(sink, entries)
            try deliver(test, batch: batch)
            sink.close()
            #expect(test.dead.keys.sorted() == [Int64(place)] && test.dead[Int64(place)]?.kind == .poison)
            #expect(try pipe.rest() == lines(entries.enumerated().filter { $0.offset != place }.map(\.element)))
        }
    }

    @Test func `empty payloads are empty lines and tombstones none`() throws {
        let pipe = try Pipe()
        let sink = try StdoutSink(output: pipe.output, memory: 1 << 20)
        let test = try TestShard(sink, [Entry(0, ""), Entry(1, nil), Entry(2, "x")])
        try deliver(test, batch: 3)
        sink.close()
        #expect(try pipe.rest() == "\nx\n")
    }

    @Test func `a reader that has gone is fatal, at the first record that it did not get`() throws {
        let pipe = try Pipe()
        let sink = try StdoutSink(output: pipe.output, memory: 1 << 20)
        let test = try TestShard(sink, log(4))
        pipe.closeReading()
        #expect(test.submit(4) == 4)
        try test.listen()
        #expect(test.dead.keys.sorted() == [0] && test.dead[0]?.kind == .fatal)
        #expect(test.dead[0]?.message == "nobody reads standard output any more")
        #expect(test.position == 1)
        sink.close()
    }

    @Test func `a full disk behind standard output is tried again`() throws {
        let full = try File("/dev/full", .writing)
        let sink = try StdoutSink(output: LineOutput(StandardStream(descriptor: full.descriptor)), memory: 1 << 20)
        let test = try TestShard(sink, log(3))
        #expect(test.submit(3) == 3)
        try test.listen()
        #expect(test.dead.isEmpty && test.position == 0 && test.heard == 1)
        sink.close()
    }

    @Test func `memory is bounded: others wait for a reader that does not read`() throws {
        let pipe = try Pipe()
        let sink = try StdoutSink(output: pipe.output, memory: 200_000)
        let big = (0..<3).map { Entry($0, [UInt8](repeating: 65, count: 150_000)) }
        let first = try TestShard(sink, big)
        let second = try TestShard(sink, log(3), slot: 1)
        let third = try TestShard(sink, big, slot: 2)
        #expect(first.submit(1) == 1)
        #expect(second.submit(3) == 3)
        #expect(third.submit(1) == 0)
        let reader = Locked<String>("")
        let descriptor = pipe.reading
        let reading = try Thread(name: "reader") {
            var count = 0
            // Three big ones twice, each with its line feed, and the small ones.
            while count < 6 * 150_001 + 27 {
                guard let more = try? StandardStream(descriptor: descriptor).read(upTo: 65_536) else { return }
                count += more.count
                reader.withLock { $0 += String(decoding: more, as: UTF8.self) }
            }
        }
        for test in [first, second, third] { try deliver(test, batch: 1) }
        reading.join()
        sink.close()
        let whole = reader.withLock { $0 }
        #expect(whole.split(separator: "\n").count == 9)
    }

    @Test func `what was not begun of an abandoned epoch is not written`() throws {
        let pipe = try Pipe()
        let sink = try StdoutSink(output: pipe.output, memory: 1 << 20)
        // The pipe takes 64 KiB and the rest waits, so that the small one behind it is not begun.
        let big = try TestShard(sink, [Entry(0, [UInt8](repeating: 65, count: 200_000))])
        let small = try TestShard(sink, log(3), slot: 1)
        #expect(big.submit(1) == 1 && small.submit(3) == 3)
        small.abandon()
        try small.listen()
        #expect(small.position == 0 && small.heard == 0, "answered as untried")
        var count = 0
        while count < 200_001 { count += try StandardStream(descriptor: pipe.reading).read(upTo: 65_536).count }
        try big.listen()
        #expect(big.isDone)
        sink.close()
        count += try pipe.rest().utf8.count
        #expect(count == 200_001)
    }

    @Test func `behind a line that was cut the next one begins anew`() throws {
        let folder = try TemporaryFolder()
        let file = try File(folder.path + "/a", [.reading, .appending, .creating])
        let pipe = try Pipe()
        let output = pipe.output
        let lines = ByteBuffer(capacity: 300_000)
        for _ in 0..<299_999 { lines.append(UInt8(ascii: "a")) }
        lines.append(UInt8(ascii: "\n"))
        let progress = Locked(LineOutput.Progress())
        let thread = try Thread(name: "writer") {
            let reached = output.write(lines)
            progress.withLock { $0 = reached }
        }
        // The pipe takes a part, then its reader goes, and a file takes its place.
        _ = try StandardStream(descriptor: pipe.reading).read(upTo: 1_000)
        pipe.closeReading()
        thread.join()
        let reached = progress.withLock { $0 }
        #expect(reached.count > 0 && reached.count < 300_000 && reached.error?.isBrokenPipe == true)
        #expect(output.write(lines).count == 0)
        dup2(file.descriptor, pipe.writing)
        #expect(output.write(lines).error == nil)
        #expect(output.write(lines).error == nil)
        let text = try folder.text("a")
        #expect(text.utf8.count == 600_001 && text.hasPrefix("\na") && text.split(separator: "\n").count == 2)
    }
}
