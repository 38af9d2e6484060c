import Kafka
import Millrace
import Platform

/// Looks for topics before the start: whether a broker answers, whether the topics are there, and whether they may be used.
///
/// It makes no topic: a broker that makes those it is asked for by name, as the embedded one does, is asked for all names.
public struct TopicProbe {
    /// What the topics are for.
    enum Use: Sendable {
        /// To be read in the name of a group; with a session of this length, where the config sets one.
        case read(group: String, ConfigPlace?, session: Session?)
        /// To be written to.
        case write
    }

    private let look: BrokerLook
    private let topics: [String]
    private let use: Use
    /// Where the topics are named.
    private let place: ConfigPlace?

    /// A probe of `topics` at the brokers of `look`.
    init(_ look: BrokerLook, topics: [String], use: Use, at place: ConfigPlace?) {
        self.look = look
        self.topics = topics
        self.use = use
        self.place = place
    }

    /// A probe of a topic that is to be written to, at plain `brokers` that no config names.
    public init(brokers: String, topic: String) {
        let setup = ConnectionSetup(brokers: brokers)
        let look = BrokerLook(setup: setup, configuration: TopicProbe.configuration(brokers, setup))
        self.init(look, topics: [topic], use: .write, at: nil)
    }

    /// What a look's client is made with, beside its security.
    static func configuration(_ bootstrap: String, _ setup: ConnectionSetup) -> KafkaConfiguration {
        var configuration = KafkaConfiguration.client(brokers: bootstrap, clientID: "millrace-probe")
        // A consumer's, as a producer's client may make brokers create the topic. The group is never joined.
        configuration["group.id"] = "millrace-probe"
        // Where a broker hung up says what it missed.
        configuration["log.connection.close"] = "true"
        // The versions that the broker speaks, which tell its age.
        if setup.mechanism?.hasPrefix("SCRAM") ?? false { configuration["debug"] = "feature" }
        return configuration
    }

    /// What was found, as an error unless the topics can be used: 69 where no broker answers within `timeout`
    /// milliseconds, 78 where a topic is missing, 77 where it may not be used. Blocks.
    public func require(timeout: Int64) throws(MillraceError) {
        switch run(timeout: timeout) {
        case .ready, .doubtful: return
        case .unreachable(let why, _): throw MillraceError(.unavailable, why, remedy: TopicProbe.away)
        case .refused(let error): throw error
        }
    }

    /// What to do about a broker that is away.
    static let away = "start it, or correct the address; `millrace broker` starts an embedded one"

    /// What was found. Blocks, at most for about `timeout` milliseconds a question.
    func run(timeout: Int64) -> Readiness {
        switch look.connect(timeout: timeout) {
        case .failed(let readiness): return readiness
        case .connected(let consumer):
            defer { _ = consumer.close(timeout: .milliseconds(500)) }
            do throws(KafkaError) {
                return try topics(consumer, timeout: .milliseconds(timeout))
            } catch {
                return .unreachable("\(setup.brokers) does not answer: \(error.message)", at: setup.place("brokers"))
            }
        }
    }

    private var setup: ConnectionSetup { look.setup }

    private func topics(_ consumer: KafkaConsumer, timeout: Duration) throws(KafkaError) -> Readiness {
        let isEmbedded = consumer.client.clusterID(timeout: timeout)?.hasPrefix("mockCluster") ?? false
        let answer = try known(consumer, all: isEmbedded, timeout)
        var found: [String] = []
        for name in topics {
            let topic = answer.topics.first { $0.name == name }
            guard let topic, topic.error == .none else {
                return refusal(name, topic?.error ?? .unknownTopicOrPartition, consumer, timeout)
            }
            let count = topic.partitions.count
            found.append("\(name): \(count) partition\(count == 1 ? "" : "s")")
        }
        let text = found.joined(separator: ", ")
        guard !isEmbedded else { return .ready(text) }
        switch use {
        case .read(let group, let groupPlace, let session):
            if let refusal = readRefusal(consumer, group, groupPlace, timeout) { return refusal }
            if let session, let error = sessionRefusal(consumer, session, answer.brokers, timeout) {
                return .refused(error)
            }
            return .ready(text + ", readable")
        case .write:
            let isChecked = setup.mechanism != nil || setup.hasCertificate
            return .ready(isChecked ? text + " (write permission shows at the first write)" : text)
        }
    }

    /// What the broker says of the topics. One that was made a moment ago is not known everywhere at once: so one that is
    /// missing is asked for again before it counts as missing.
    private func known(
        _ consumer: KafkaConsumer, all: Bool, _ timeout: Duration
    ) throws(KafkaError) -> KafkaMetadata {
        let deadline = MonotonicClock.milliseconds() + TopicProbe.patience
        while true {
            let answer = try consumer.client.metadata(topics: all ? nil : topics, timeout: timeout)
            let isWhole = topics.allSatisfy { name in
                guard let topic = answer.topics.first(where: { $0.name == name }) else { return false }
                return topic.error != .unknownTopicOrPartition && topic.error != .unknownTopic
            }
            if isWhole || MonotonicClock.milliseconds() >= deadline { return answer }
            _ = consumer.poll(timeout: .milliseconds(200))
        }
    }

    /// How long a missing topic may take to become known, milliseconds.
    private static let patience: Int64 = 1_500

    private func refusal(
        _ name: String, _ error: KafkaErrorCode, _ consumer: KafkaConsumer, _ timeout: Duration
    ) -> Readiness {
        switch error {
        case .unknownTopicOrPartition, .unknownTopic:
            let all = (try? consumer.client.metadata(timeout: timeout))?.topics.map(\.name) ?? []
            let nearest = Nearest.match(name, in: all.filter { !$0.hasPrefix("__") }).map { "; nearest: \"\($0)\"" }
            return .refused(
                MillraceError(
                    .config, "topic \"\(name)\" does not exist on \(setup.brokers)\(nearest ?? "")",
                    remedy: "correct it, or create the topic (Millrace does not create topics)", at: place))
        case .topicAuthorization: return .refused(forbidden(name))
        default: return .unreachable("topic \(name) on \(setup.brokers): \(error.text)", at: place)
        }
    }

    // MARK: - Permissions

    private func forbidden(_ topic: String) -> MillraceError {
        switch use {
        case .read(let group, _, _):
            MillraceError(
                .notPermitted, "\(setup.user) may not read topic \"\(topic)\" on \(setup.brokers)",
                remedy: "allow READ on topic \(topic) and READ on group \(group)", at: place)
        case .write:
            MillraceError(
                .notPermitted, "\(setup.user) may not write to topic \"\(topic)\" on \(setup.brokers)",
                remedy: "allow WRITE on topic \(topic)", at: place)
        }
    }

    /// What forbids reading the topics in the group's name.
    ///
    /// Seeing a topic takes less than reading it, and joining the group would disturb its members. So a commit is asked
    /// for, to a partition that no topic has: the broker looks at the permissions first, for the group and for each
    /// topic, and then has nothing to write.
    private func readRefusal(
        _ consumer: KafkaConsumer, _ group: String, _ groupPlace: ConfigPlace?, _ timeout: Duration
    ) -> Readiness? {
        switch commitError(consumer, timeout)?.code {
        case .groupAuthorization?:
            return .refused(
                MillraceError(
                    .notPermitted, "\(setup.user) may not use group \"\(group)\" on \(setup.brokers)",
                    remedy: "allow READ on group \(group)", at: groupPlace))
        case .topicAuthorization?:
            let topic = topics.count == 1 ? topics[0] : forbiddenTopic(consumer, timeout)
            return .refused(forbidden(topic))
        default: return nil
        }
    }

    /// What is said to a commit of `topics`, or of all, in places that are not there.
    private func commitError(
        _ consumer: KafkaConsumer, _ timeout: Duration, _ topics: [String]? = nil
    ) -> KafkaError? {
        let places = (topics ?? self.topics).map { TopicPartition($0, TopicProbe.noPartition, offset: 0) }
        let deadline = MonotonicClock.milliseconds() + timeout.components.seconds * 1_000 + 100
        guard (try? consumer.commit(places)) != nil else { return nil }
        while MonotonicClock.milliseconds() < deadline {
            switch consumer.poll(timeout: .milliseconds(100)) {
            case .commit(let result)?: return result.failure
            // Who may not even see the group is not told which broker serves it.
            case .error(let error, _)? where error.code == .groupAuthorization: return error
            default: continue
            }
        }
        return nil
    }

    /// Which of several topics it was.
    private func forbiddenTopic(_ consumer: KafkaConsumer, _ timeout: Duration) -> String {
        topics.first { commitError(consumer, timeout, [$0])?.code == .topicAuthorization } ?? topics[0]
    }

    private static let noPartition: Int32 = .max
}
