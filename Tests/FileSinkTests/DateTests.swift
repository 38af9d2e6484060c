import Millrace
import Platform
import Testing

@testable import FileSink

/// A file a day.
@Suite struct DateTests {
    let folder: TemporaryFolder
    let notes = Notebook()

    init() throws { folder = try TemporaryFolder() }

    private func sink() throws -> any Sink {
        try fileSink(folder.path + "/{date}/{shard}.txt", sync: 3_600_000, notes: notes)
    }

    /// Records of these days, in this order.
    private func log(_ days: [Int64], from first: Int64 = 0) -> [Entry] {
        days.enumerated().map { index, day in
            var entry = Entry(first + Int64(index), "record \(first + Int64(index)) of \(day)")
            entry.timestamp = (20_484 + day) * 86_400_000 + 7
            return entry
        }
    }

    private func lines(_ log: [Entry], of day: Int64) -> String {
        log.filter { Day(of: $0.timestamp).number == 20_484 + day }
            .compactMap(\.payload).map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    }

    private func text(_ day: Int64) throws -> String {
        try folder.text("\(Day(of: (20_484 + day) * 86_400_000).text)/t-0.txt")
    }

    @Test func `records lie in the file of their day, also when the days alternate`() throws {
        let log = log([0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0])
        let sink = try sink()
        let test = try TestShard(sink, log)
        try test.deliver(batch: 4)
        #expect(test.dead.isEmpty && test.losses == 0)
        test.forget()
        sink.close()
        #expect(try text(0) == lines(log, of: 0) && text(1) == lines(log, of: 1))
    }

    /// The checkpoint may be far behind when the process ends: both files know what they have.
    @Test func `what is read again after a crash is in no file twice`() throws {
        let log = log([0, 0, 1, 1, 0, 1, 0, 0, 1])
        for start in 0..<9 {
            let sink = try sink()
            let test = try TestShard(sink, Array(log[..<(start + 1)]))
            try test.deliver(batch: 2)
            // Ended as by a signal that cannot be caught: nothing is given back in order.
            test.lane.abandon(shard: test.shard, slot: 0, epoch: 1)
            sink.close()
        }
        #expect(try text(0) == lines(log, of: 0) && text(1) == lines(log, of: 1))
    }
}
