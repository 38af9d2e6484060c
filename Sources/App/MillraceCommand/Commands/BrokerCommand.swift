import Kafka
import Millrace
import MillraceService
import Platform

/// `millrace broker`: the embedded broker alone.
enum BrokerCommand {
    static let declaration = Command(
        "broker", "starts an embedded Kafka broker, for trying things out",
        details: [
            "It listens on a free port of 127.0.0.1 and prints its address, alone on the first line. It runs until it "
                + "gets SIGINT (Ctrl-C) or SIGTERM; its records are gone then. Topics that clients ask for are made, "
                + "with 4 partitions.",
            limits,
        ],
        options: [
            .repeated(
                "topic", .checked("NAME:PARTITIONS", example: "orders:4") { TopicRequest($0) != nil },
                "a topic to begin with")
        ],
        example: "millrace broker --topic orders:4 --topic orders-clean:4 --topic orders.dlq:1",
        exits: [.done, .unavailable],
        run: run)

    /// What people must know before they rely on it.
    static let limits =
        "Its limits: it keeps 5 MiB (compressed) a partition and drops older records, read or not; no transactions, no "
        + "look-up by time, no static members; the first join of a group takes 3 s, sessions are 4 s or longer."

    private static let ends: [Signal] = [.interrupt, .terminate]

    private static func run(_ invocation: Invocation) throws(MillraceError) -> Int32 {
        do throws(SystemError) {
            try Signals.block(ends)
        } catch {
            throw MillraceError(.internal, "\(error)")
        }
        let requests = invocation.texts("topic").compactMap { TopicRequest($0) }
        let log = try invocation.openLog()
        defer { log.close() }
        let broker = try start(requests)
        defer { broker.stop() }
        try invocation.write(greeting(broker, requests))
        let watch = try RetentionWatch(broker)
        defer { watch.stop() }
        do throws(SystemError) {
            // Every 5 s, as the drops it tells of are only news for people.
            while try Signals.wait(for: ends, timeout: 5_000_000_000) == nil { watch.look(log) }
        } catch {
            throw MillraceError(.internal, "\(error)")
        }
        return ExitCode.done.number
    }

    private static func start(_ requests: [TopicRequest]) throws(MillraceError) -> EmbeddedBroker {
        do throws(KafkaError) {
            let broker = try EmbeddedBroker()
            for request in requests { try broker.createTopic(request.name, partitions: request.partitions) }
            return broker
        } catch {
            throw MillraceError(.unavailable, error.message)
        }
    }

    private static func greeting(_ broker: EmbeddedBroker, _ requests: [TopicRequest]) -> String {
        let topics = requests.map { "\($0.name):\($0.partitions)" }.joined(separator: " ")
        return broker.bootstrap + "\n" + (topics.isEmpty ? "" : "topics: \(topics)\n") + HelpPage.wrapped(limits)
    }
}
