import Kafka
import Millrace

/// How a command that runs and ends reaches the cluster of a config: as the worker does, but as a member of no group.
public struct KafkaCluster: Sendable {
    /// `host:port`, comma separated.
    public let brokers: String
    private let properties: KafkaConfiguration

    /// The cluster of a config's source.
    ///
    /// Throws for `brokers: embedded`: that broker lives in the worker's own process, where nobody else finds it.
    public init(source options: Options) throws(MillraceError) {
        let client = ClientOptions(options)
        try self.init(client, client.configuration(over: KafkaConfiguration()))
    }

    /// The cluster of a config's dead letter topic. Of its properties, which are a producer's, only those count that the
    /// connection needs.
    public init(deadLetter options: Options, source: Options) throws(MillraceError) {
        let client = ClientOptions(options, inheriting: source)
        let own = client.properties.filter { ClientOptions.isSecurity($0.key) }
        try self.init(client, KafkaConfiguration(client.security).merging(KafkaConfiguration(own)))
    }

    private init(_ client: ClientOptions, _ properties: KafkaConfiguration) throws(MillraceError) {
        guard !client.isEmbedded else {
            throw MillraceError(
                .config, "the embedded broker lives in the worker's own process, where no other command finds it",
                remedy: "start `millrace broker`, and write its address for brokers")
        }
        brokers = client.brokers
        self.properties = properties
    }

    /// What a reader is made with that joins no group and commits nothing. `name` is what brokers know it by, `group` whose
    /// offsets it may ask for; `prefetch` counts bytes for each partition.
    public func reader(_ name: String, group: String? = nil, prefetch: Int = 1 << 20) -> KafkaConfiguration {
        var configuration = KafkaConfiguration.consumer(
            brokers: brokers, clientID: name, group: group ?? name, prefetchKiB: prefetch >> 10, fetchBytes: 2 << 20
        ).merging(properties)
        // The end of a range may be where the log ends, with nothing behind it that would come.
        configuration["enable.partition.eof"] = "true"
        return configuration
    }
}
