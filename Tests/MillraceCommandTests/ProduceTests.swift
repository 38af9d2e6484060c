import Kafka
import Millrace
import Platform
import Testing

@testable import MillraceCommand

/// Lines on their way into a topic.
@Suite struct ProduceTests {
    private func lines(_ text: String) throws -> [String] {
        let folder = try TemporaryFolder()
        let file = try File(folder("in"), [.writing, .creating])
        try file.write(text)
        var reader = try LineReader(folder("in"), standard: .input)
        var lines: [String] = []
        while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        #expect(reader.number == lines.count)
        return lines
    }

    @Test(
        arguments: [
            ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]), ("\n", [""]), ("a\r\n", ["a\r"]),
        ] as [(String, [String])])
    func linesEndWithALineFeed(_ text: String, _ expected: [String]) throws {
        #expect(try lines(text) == expected)
    }

    @Test func linesMayBeLongerThanARead() throws {
        let long = String(repeating: "x", count: 200_000)
        #expect(try lines("\(long)\nb\n\(long)") == [long, "b", long])
    }

    @Test func aRecordIsMadeOfALine() throws {
        let line = Array("k\tv\tw".utf8)
        let plain = LineForm(isKeyed: false, isBase64: false)
        #expect(try plain.record(line, number: 3) == LineForm.Record(line: 3, key: nil, payload: line))
        let keyed = LineForm(isKeyed: true, isBase64: true)
        #expect(
            try keyed.record(line, number: 1)
                == LineForm.Record(line: 1, key: Array("k".utf8), payload: Array("dgl3".utf8)))
        let empty = try keyed.record(Array("\t".utf8), number: 1)
        #expect(empty == LineForm.Record(line: 1, key: [], payload: []))
        #expect(throws: MillraceError.self) { try keyed.record(Array("kv".utf8), number: 1) }
    }

    @Test func linesThatFailedAreNamed() throws {
        var failures = LineFailures()
        #expect(failures.error(topic: "t") == nil)
        failures.add(3, .tooLarge(limit: 1_000))
        let one = try #require(failures.error(topic: "t"))
        #expect(one.code == .data)
        #expect(one.message == "line 3: larger than the 1000 bytes that topic t takes (max.message.bytes)")
        // Partitions answer in any order.
        for line in [7, 8, 12, 9, 1] { failures.add(line, .refused(.messageTooLarge)) }
        failures.unanswered = 1
        let all = try #require(failures.error(topic: "t"))
        #expect(failures.count == 7)
        #expect(all.message.hasPrefix("lines 1, 7-9, 12: Broker: Message size too large; line 3: larger than"))
        #expect(all.message.hasSuffix("; 1 record: Local: Timed out"))
        #expect(all.remedy?.contains("one of these lines is too large") == true)
        for line in stride(from: 100, to: 40_100, by: 2) { failures.add(line, .refused(.timedOut)) }
        let many = try #require(failures.error(topic: "t"))
        #expect(many.message.contains("; lines 100, 102, 104, 106, 108, 110, 112, 114, 116, 118, … (20000 in all): "))
    }

    @Test(arguments: ["a b", "", "ü", ".."]) func aTopicHasAName(_ topic: String) throws {
        let ran = try Ran(["produce", "--brokers", "127.0.0.1:1", "--topic", topic], input: "a\n")
        #expect(ran.code == 64)
        #expect(ran.error.contains("--topic must be"))
    }

    @Test func aMissingFileIsNamed() throws {
        let ran = try Ran(["produce", "--brokers", "127.0.0.1:1", "--topic", "t", "no/such/file"])
        #expect(ran.code == 66)
        #expect(ran.error == "millrace produce: cannot open no/such/file: No such file or directory\n")
    }

    @Test func nobodyAnswers() throws {
        let ran = try Ran(["produce", "--brokers", "127.0.0.1:1", "--topic", "t", "--timeout", "300ms"], input: "a\n")
        #expect(ran.code == 69)
        #expect(ran.error.hasPrefix("millrace produce: no broker answers at 127.0.0.1:1: "))
        #expect(ran.output.isEmpty)
    }

    @Test func recordsLand() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("orders", partitions: 2)
        let input = (0..<1_000).map { "key \($0 % 10)\tvalue \($0)\n" }.joined()
        let words = ["produce", "--brokers", broker.bootstrap, "--topic", "orders", "--keyed"]
        let ran = try Ran(words, input: input)
        #expect(ran.code == 0)
        #expect(ran.error.isEmpty)
        #expect(ran.output.hasPrefix("1000 delivered to orders, 0 failed, "))
        let ends = try (0..<2).map { try broker.watermarks("orders", $0, timeout: .seconds(10)).high }
        // As Java's clients spread them.
        var expected: [Int64] = [0, 0]
        for key in 0..<10 {
            let bytes = Array("key \(key)".utf8)
            expected[Int(Murmur2.partition(of: unsafe bytes.span.bytes, count: 2))] += 100
        }
        #expect(ends == expected)

        let bad = try Ran(words, input: "a\tb\nc\n")
        #expect(bad.code == 65)
        #expect(bad.output.hasPrefix("1 delivered to orders, 0 failed, "))
        #expect(bad.error.hasPrefix("millrace produce: line 2 has no tab"))

        let misspelt = try Ran(["produce", "--brokers", broker.bootstrap, "--topic", "ordres"], input: "a\n")
        #expect(misspelt.code == 78)
        #expect(misspelt.error.contains("topic \"ordres\" does not exist on \(broker.bootstrap); nearest: \"orders\""))
    }
}
