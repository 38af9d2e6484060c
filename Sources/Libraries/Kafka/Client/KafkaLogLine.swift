/// One line of a client's own log. librdkafka prints none itself: they come as events.
public struct KafkaLogLine: Sendable, Hashable {
    /// How bad it is, as syslog counts: 3 error, 4 warning, 5 notice, 6 information, 7 debugging.
    public let level: Int
    /// What part of librdkafka speaks: `FAIL`, `CONFWARN`, `REBALANCE`.
    public let facility: String
    /// The line, without time and level. It names brokers and topics, never what is in a record.
    public let text: String

    /// A line as it would come from a client.
    public init(level: Int, facility: String, text: String) {
        self.level = level
        self.facility = facility
        self.text = text
    }
}
