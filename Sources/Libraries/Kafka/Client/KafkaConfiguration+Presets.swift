/// Starting points that keep the rules of this version of librdkafka; whoever uses one may set over it what the rules
/// leave open.
extension KafkaConfiguration {
    /// What every client of `brokers` has.
    ///
    /// No Nagle, which is on by default here; keep-alive; no log line for a connection that was merely idle.
    public static func client(brokers: String, clientID: String) -> KafkaConfiguration {
        [
            "bootstrap.servers": brokers,
            // Longer ones of certain lengths crash this version.
            "client.id": String(clientID.prefix(32)),
            "socket.nagle.disable": "true",
            "socket.keepalive.enable": "true",
            "log.connection.close": "false",
            // A broker that comes back is found within a second; librdkafka's own pauses grow to ten.
            "reconnect.backoff.max.ms": "1000",
        ]
    }

    /// A group's member that decides on offsets itself.
    ///
    /// `range`, an eager assignor, as the cooperative one has several bugs here. No automatic store, commit or reset: a
    /// missing offset is an error that the owner decides on. Checksums are checked: a broken batch would be skipped
    /// otherwise. A short wait of fetches, because a question of the ``Pacer`` waits behind them.
    ///
    /// `prefetchKiB` counts for each partition, as each has its queue, and is overshot by one fetched batch; the number
    /// of records is no limit beside it. `fetchBytes` bounds a response, which any message of it keeps in memory; less
    /// than librdkafka's 1,000,000 (its `message.max.bytes`) is not to be had.
    public static func consumer(
        brokers: String, clientID: String, group: String, prefetchKiB: Int, fetchBytes: Int
    ) -> KafkaConfiguration {
        client(brokers: brokers, clientID: clientID).merging([
            "group.id": group,
            "partition.assignment.strategy": "range",
            "session.timeout.ms": "10000",
            "enable.auto.commit": "false",
            "enable.auto.offset.store": "false",
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "check.crcs": "true",
            "allow.auto.create.topics": "false",
            "queued.min.messages": "10000000",
            "queued.max.messages.kbytes": String(max(1, prefetchKiB)),
            "fetch.message.max.bytes": String(min(1_048_576, max(smallestFetch, fetchBytes))),
            "fetch.max.bytes": String(max(smallestFetch, fetchBytes)),
            "fetch.wait.max.ms": "20",
        ])
    }

    /// A producer that keeps the order of each partition: after a record that fails nothing later of its partition
    /// lands, and the producer is fatal.
    ///
    /// No record times out here: time limits are the owner's, who knows what stands behind a record. Records wait up to
    /// 20 ms for others to share their request: fewer, larger requests are a tenth of a worker's CPU.
    public static func gaplessProducer(brokers: String, clientID: String) -> KafkaConfiguration {
        client(brokers: brokers, clientID: clientID).merging([
            "enable.idempotence": "true",
            "enable.gapless.guarantee": "true",
            "message.timeout.ms": "0",
            "linger.ms": "20",
        ])
    }

    /// A producer whose failures are single ones: idempotent, so that its own retries make no duplicates, but a record
    /// that fails stands in nobody's way.
    public static func plainProducer(brokers: String, clientID: String) -> KafkaConfiguration {
        client(brokers: brokers, clientID: clientID).merging([
            "enable.idempotence": "true",
            "enable.gapless.guarantee": "false",
            "message.timeout.ms": "0",
            "linger.ms": "0",
        ])
    }

    private static let smallestFetch = 1_000_000
}
