import Kafka
import Millrace
import Platform
import Testing

@testable import MillraceCommand

/// The embedded broker as a command.
@Suite struct BrokerTests {
    @Test(
        arguments: [("orders:4", "orders", 4), ("a.b_c-D:1", "a.b_c-D", 1), ("x:1000", "x", 1_000)]
            as [(String, String, Int32)])
    func topicsAreRead(_ text: String, _ name: String, _ partitions: Int32) {
        let request = TopicRequest(text)
        #expect(request?.name == name)
        #expect(request?.partitions == partitions)
    }

    @Test(arguments: [
        "", "orders", "orders:", ":4", "orders:0", "orders:-1", "orders:1001", "a b:1", "a:b:1", ".:1", "..:1", "é:1",
    ])
    func whatIsNoTopicIsNot(_ text: String) {
        #expect(TopicRequest(text) == nil)
    }

    @Test func aNameHasItsLimit() {
        #expect(TopicRequest(String(repeating: "x", count: 249) + ":1") != nil)
        #expect(TopicRequest(String(repeating: "x", count: 250) + ":1") == nil)
    }

    @Test func droppedRecordsAreToldOfOnce() throws {
        let broker = try EmbeddedBroker()
        defer { broker.stop() }
        try broker.createTopic("orders", partitions: 1)
        let watch = try RetentionWatch(broker)
        defer { watch.stop() }
        let notes = Notebook()
        watch.look(notes)
        #expect(notes.all.isEmpty)

        // Six mebibytes that do not compress, into a partition that keeps five.
        var random = SplitMix64(seed: 7)
        let folder = try TemporaryFolder()
        let file = try File(folder("in"), [.writing, .creating])
        for _ in 0..<600 {
            try file.write((0..<1_280).map { _ in String(random.next(), radix: 36) }.joined().prefix(10_000) + "\n")
        }
        let ran = try Ran(["produce", "--brokers", broker.bootstrap, "--topic", "orders", folder("in")])
        #expect(ran.code == 0)
        watch.look(notes)
        #expect(notes.all.map(\.event) == ["records-dropped"])
        #expect(notes.all.first?.fields.first?.value == "orders:0")
        watch.look(notes)
        #expect(notes.all.count == 1)
    }
}

/// Keeps notes.
final class Notebook: NoteTaker {
    private let notes = Locked<[Note]>([])

    var all: [Note] { notes.withLock { $0 } }

    func note(_ note: Note) { notes.withLock { $0.append(note) } }
}
