import Kafka
import Millrace
import Platform

/// The embedded broker of this process: one for its source, its sinks and its dead letters, started on first use.
public final class EmbeddedBrokers: Sendable {
    /// The one of this process.
    public static let shared = EmbeddedBrokers()

    private struct State {
        var broker: EmbeddedBroker?
        var topics: Set<String> = []
    }

    private let state = Locked(State())

    init() {}

    /// The partitions of a topic that nobody has made with another number.
    public static let partitions: Int32 = 4

    /// Where clients connect to. Starts the broker if nobody has, and makes those of `topics` that are not there yet.
    ///
    /// Thread safe. Waits for no network; starting takes a few milliseconds.
    public func bootstrap(
        topics: [String] = [], partitions: Int32 = EmbeddedBrokers.partitions
    ) throws(MillraceError) -> String {
        try broker(topics: topics, partitions: partitions).bootstrap
    }

    /// The broker itself, for who wants to disturb it; as ``bootstrap(topics:partitions:)`` otherwise.
    public func broker(
        topics: [String] = [], partitions: Int32 = EmbeddedBrokers.partitions
    ) throws(MillraceError) -> EmbeddedBroker {
        try state.withLock { (state) throws(MillraceError) in
            do throws(KafkaError) {
                let broker = try EmbeddedBrokers.started(&state)
                for topic in topics where !state.topics.contains(topic) {
                    try EmbeddedBrokers.create(topic, partitions, in: broker)
                    state.topics.insert(topic)
                }
                return broker
            } catch {
                throw MillraceError(.internal, "the embedded broker does not start: \(error)")
            }
        }
    }

    private static func started(_ state: inout State) throws(KafkaError) -> EmbeddedBroker {
        if let broker = state.broker { return broker }
        let broker = try EmbeddedBroker()
        state.broker = broker
        return broker
    }

    private static func create(_ topic: String, _ partitions: Int32, in broker: EmbeddedBroker) throws(KafkaError) {
        do throws(KafkaError) {
            try broker.createTopic(topic, partitions: partitions)
        } catch {
            // A client asked for it before: the embedded broker makes those by itself.
            if error.code != .topicExists { throw error }
        }
    }

    /// The broker if it was started.
    public var running: EmbeddedBroker? { state.withLock { $0.broker } }
}
