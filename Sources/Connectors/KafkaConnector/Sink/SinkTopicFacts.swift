/// What is known of the output topic.
struct SinkTopicFacts: Sendable, Hashable {
    /// The size of a batch that the topic takes, in bytes; the brokers' default where it could not be read.
    var limit: Int
    /// When the limit was read, monotonic milliseconds; nil where the latest attempt failed.
    var limitReadAt: Int64?
    /// How often it was tried.
    var readings: Int

    /// The brokers' default for `max.message.bytes`.
    static let defaultLimit = 1_048_588

    /// A record may be called too large by a limit that is at most so old, in milliseconds.
    static let freshness: Int64 = 1_000
}

extension SinkTopicFacts {
    /// Whether the limit was just read.
    func isFresh(at now: Int64) -> Bool { limitReadAt.map { now - $0 <= SinkTopicFacts.freshness } ?? false }
}
