import Glibc
import Millrace
import Platform
import Synchronization
import Testing

@testable import MillraceService

/// The log as a whole: from many threads to a stream that may be slow or gone.
@Suite struct LogWriterTests {
    @Test func notesComeOutInOrderAndNoneIsLost() throws {
        let capture = try Capture()
        let log = try LogWriter(capture.stream, LogStyle(.text), level: .info) { Timestamp(milliseconds: 0) }
        for number in 0..<200 { log.note(Note(.info, "n", [("shard", "orders:\(number)")])) }
        #expect(log.close())
        let expected = (0..<200).map { "1970-01-01T00:00:00.000Z info  n shard=orders:\($0)" }
        #expect(try capture.lines == expected)
    }

    @Test func whatIsHeldBackIsWrittenAtTheEnd() throws {
        let capture = try Capture()
        let log = try LogWriter(capture.stream, LogStyle(.text), level: .info) { Timestamp(milliseconds: 0) }
        for _ in 0..<100 { log.note(Note(.warn, "retry", [("sink", "clean")])) }
        #expect(log.close())
        #expect(
            try capture.lines == [
                "1970-01-01T00:00:00.000Z warn  retry sink=clean",
                "1970-01-01T00:00:00.000Z warn  retry sink=clean repeated=98",
            ])
    }

    @Test func theEndIsTheLastWord() throws {
        let capture = try Capture()
        let log = try LogWriter(capture.stream, LogStyle(.text), level: .info) { Timestamp(milliseconds: 0) }
        for _ in 0..<3 { log.note(Note(.warn, "retry", [("sink", "clean")])) }
        log.note(Note(.info, "stopped", [("exit", "0")]))
        #expect(log.close())
        #expect(
            try capture.lines.map { $0.dropFirst(25) } == [
                "warn  retry sink=clean", "warn  retry sink=clean repeated=1", "info  stopped exit=0",
            ])
    }

    @Test func levelsBelowAreNotWritten() throws {
        let capture = try Capture()
        let log = try LogWriter(capture.stream, LogStyle(.text), level: .warn)
        for level in NoteLevel.allCases { log.note(Note(level, "x")) }
        #expect(log.close())
        #expect(try capture.lines.count == 2)
    }

    @Test func linesOfManyThreadsStayWhole() throws {
        let capture = try Capture()
        let log = try LogWriter(capture.stream, LogStyle(.json), level: .info)
        let threads = try (0..<4).map { thread in
            try Thread(name: "noter") {
                for number in 0..<100 { log.note(Note(.info, "n", [("shard", "t\(thread):\(number)")])) }
            }
        }
        for thread in threads { thread.join() }
        #expect(log.close())
        let lines = try capture.lines
        #expect(Set(lines).count == 400)
        #expect(lines.allSatisfy { $0.hasPrefix("{\"time\":\"") && $0.hasSuffix("\"}") })
    }

    /// A pipe that nobody reads fills; the callers go on, and what found no room is counted once it is read.
    @Test func aStuckStreamHoldsNobodyUpAndIsToldOf() throws {
        let folder = try TemporaryFolder()
        let path = folder("pipe")
        #expect(unsafe mkfifo(path, 0o600) == 0)
        // Opened for both, so that neither opening nor writing needs the other end.
        let pipe = try File(path, [.reading, .writing])
        let log = try LogWriter(StandardStream(descriptor: pipe.descriptor), LogStyle(.text), level: .info)
        let count = 20_000
        let text = String(repeating: "x", count: 2_000)
        for number in 0..<count { log.note(Note(.info, "n\(number)", [("text", text)])) }
        #expect(!log.flush(within: 0))

        let seen = Atomic(0)
        let leftOut = Atomic(0)
        let isEnough = Atomic(false)
        let reader = try Thread(name: "reader") {
            var rest: [UInt8] = []
            while !isEnough.load(ordering: .relaxed) {
                guard let chunk = try? StandardStream(descriptor: pipe.descriptor).read(upTo: 4_096) else { return }
                rest += chunk
                while let end = rest.firstIndex(of: 10) {
                    let line = String(decoding: rest[..<end], as: UTF8.self)
                    rest.removeFirst(end + 1)
                    if let lines = line.split(separator: " ").last?.split(separator: "="), lines.first == "lines" {
                        leftOut.add(Int(lines[1]) ?? 0, ordering: .relaxed)
                    } else if line.contains(" end") {
                        isEnough.store(true, ordering: .relaxed)
                    } else {
                        let repeated = line.split(separator: " ").last.flatMap { word in
                            word.hasPrefix("repeated=") ? Int(word.dropFirst(9)) : nil
                        }
                        seen.add(1 + (repeated ?? 0), ordering: .relaxed)
                    }
                }
            }
        }
        #expect(log.flush(within: 60_000))
        log.note(Note(.info, "end"))
        #expect(log.close(within: 60_000))
        #expect(reader.join(until: patience()))
        #expect(leftOut.load(ordering: .relaxed) > 0)
        #expect(seen.load(ordering: .relaxed) + leftOut.load(ordering: .relaxed) == count)
    }

    @Test func aStreamThatIsGoneEndsNothing() throws {
        let log = try LogWriter(StandardStream(descriptor: 9_999), LogStyle(.text), level: .info)
        log.note(Note(.error, "x"))
        #expect(log.close())
    }

    @Test func onlyTheJournalsOwnStreamIsTheJournal() throws {
        let capture = try Capture()
        let identity = try #require(capture.stream.identity)
        #expect(!LogStyle(.text, for: capture.stream, journal: nil).isJournal)
        #expect(!LogStyle(.text, for: capture.stream, journal: "1:2").isJournal)
        #expect(LogStyle(.text, for: capture.stream, journal: "\(identity.device):\(identity.inode)").isJournal)
        #expect(!LogStyle(.text, for: StandardStream(descriptor: 9_999), journal: "1:2").isJournal)
    }

    @Test func withoutAFormatProgramsGetJSON() throws {
        let capture = try Capture()
        #expect(LogStyle(nil, for: capture.stream, journal: nil) == LogStyle(.text))
        #expect(LogStyle(nil, for: StandardStream(descriptor: 9_999), journal: nil) == LogStyle(.text))
        let folder = try TemporaryFolder()
        let path = folder("pipe")
        #expect(unsafe mkfifo(path, 0o600) == 0)
        let pipe = try File(path, [.reading, .writing])
        let stream = StandardStream(descriptor: pipe.descriptor)
        #expect(LogStyle(nil, for: stream, journal: nil) == LogStyle(.json))
        #expect(LogStyle(.text, for: stream, journal: nil) == LogStyle(.text))
        // The journal's end is a socket too; it is for people.
        let identity = try #require(stream.identity)
        let journal = LogStyle(nil, for: stream, journal: "\(identity.device):\(identity.inode)")
        #expect(journal == LogStyle(.text, isJournal: true))
    }
}
