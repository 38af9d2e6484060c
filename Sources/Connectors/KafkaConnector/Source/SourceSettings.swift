import Kafka
import Millrace

/// What a Kafka source needs to know, checked.
struct SourceSettings: Sendable {
    /// `host:port`, comma separated.
    var brokers: String
    /// The topics whose partitions are the shards.
    var topics: [String]
    /// The consumer group.
    var group: String
    /// The name of a static member; nil for a dynamic one.
    var instance: String?
    /// Where a group that has never committed begins.
    var start: SourceStart
    /// `client.id`.
    var clientID: String
    /// The config's own properties and those of TLS and SASL, set over the engine's.
    var properties: KafkaConfiguration
    /// Bytes of records that nobody has read yet, over all partitions of the topics.
    var memory: Int
    /// The most a batch holds, in records.
    var batchRecords: Int
    /// Milliseconds that a hand-over may take.
    var revoke: Int64

    /// The least and the most that is fetched ahead of a partition: below, a fetch brings too little; above it is
    /// slower (caches, page faults), as the pacer keeps the broker threads awake.
    private static let prefetch = (least: 64 << 10, most: 4 << 20)
    /// The most a fetch brings, over all partitions: a message that is held pins all of it.
    private static let fetchBytes = 2 << 20

    /// What the consumer of any group sets itself, to check properties against.
    static let preset = KafkaConfiguration.consumer(
        brokers: "", clientID: "millrace", group: "millrace", prefetchKiB: prefetch.least >> 10, fetchBytes: fetchBytes)

    /// The consumer's configuration for topics of `partitions` partitions in all.
    ///
    /// The memory is split over all of them, not over those that are ours: a survivor may own them all.
    func configuration(partitions: Int) -> KafkaConfiguration {
        let share = memory / max(1, partitions)
        let prefetch = min(max(share, SourceSettings.prefetch.least), SourceSettings.prefetch.most)
        var configuration = KafkaConfiguration.consumer(
            brokers: brokers, clientID: clientID, group: group, prefetchKiB: prefetch >> 10,
            fetchBytes: SourceSettings.fetchBytes
        ).merging(properties)
        configuration["group.instance.id"] = instance
        // Only so is it known that there is nothing behind the last record: the log's end may lie beyond it.
        configuration["enable.partition.eof"] = "true"
        return configuration
    }

    /// Milliseconds after which the group gives up a member that it does not hear of.
    var session: Int64 { configuration(partitions: 1)["session.timeout.ms"].flatMap { Int64($0) } ?? 10_000 }
}
