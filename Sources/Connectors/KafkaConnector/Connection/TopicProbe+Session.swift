import Kafka
import Millrace

extension TopicProbe {
    /// `session.timeout.ms` of the config, milliseconds, and where it stands.
    struct Session: Sendable {
        let length: Int64
        let place: ConfigPlace?
    }

    /// How long a broker may take to tell its settings: some never do.
    private static let settingsTime = Duration.seconds(2)

    /// What is wrong with the session, which one of `brokers` would refuse when the group is joined. Who may not read their
    /// settings, or has brokers that do not tell, learns it then.
    func sessionRefusal(
        _ consumer: KafkaConsumer, _ session: Session, _ brokers: [KafkaMetadata.Broker], _ timeout: Duration
    ) -> MillraceError? {
        guard let broker = brokers.first else { return nil }
        let time = min(timeout, TopicProbe.settingsTime)
        guard let settings = try? consumer.client.brokerSettings(broker.id, timeout: time) else { return nil }
        return SessionRange(settings)?.refusal(session.length, at: session.place)
    }
}
