import CRdkafka

/// librdkafka's own mock cluster in this process: real brokers as far as clients can tell, on loopback TCP.
///
/// Any process can connect. What it cannot do: it keeps 5 MiB (compressed) a partition and drops older records without
/// a word, knows no transactions, no look-up by time, no admin requests, no static members; the first join of a group
/// takes 3 s, and sessions must be 4 s or longer. Everything is gone when it stops.
@safe public final class EmbeddedBroker: @unchecked Sendable {
    /// The addresses for `bootstrap.servers`.
    public let bootstrap: String
    /// How many brokers there are; they are numbered from 1.
    public let brokers: Int32

    private let host: KafkaClient
    // Lives as long as `host`, which it is registered with; touched only inside of it.
    private let cluster: OpaquePointer
    private let watcher = Monitor()
    // A client of its own for questions; guarded by `watcher`.
    private var asking: KafkaClient?

    /// Starts `brokers` brokers on ports that the kernel chooses.
    public init(brokers: Int32 = 1) throws(KafkaError) {
        var configuration = KafkaConfiguration()
        // Nobody polls this client: it exists because a mock cluster wants a host.
        configuration["log_level"] = "0"
        let host = try KafkaClient(.producer, configuration, events: 0)
        let cluster = try unsafe host.withHandle { (handle) throws(KafkaError) in
            guard let cluster = unsafe rd_kafka_mock_cluster_new(handle, brokers) else {
                throw KafkaError(.failed, "the embedded broker cannot listen on loopback")
            }
            return unsafe cluster
        }
        self.host = host
        self.brokers = brokers
        unsafe self.cluster = cluster
        unsafe bootstrap = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
        _ = host.register { unsafe rd_kafka_mock_cluster_destroy(cluster) }
    }

    deinit { stop() }

    /// Ends it, with all its data. Blocks for a moment, 5 s at most.
    public func stop() {
        let client = watcher.withLock { () -> KafkaClient? in
            defer { asking = nil }
            return asking
        }
        _ = client?.destroy(within: .seconds(5))
        _ = host.destroy(within: .seconds(5))
    }

    /// Makes a topic. Topics that clients ask for are made as well, with 4 partitions.
    public func createTopic(_ name: String, partitions: Int32, replicas: Int32 = 1) throws(KafkaError) {
        try unsafe onCluster("create \(name)") { unsafe rd_kafka_mock_topic_create($0, name, partitions, replicas) }
    }

    /// Cuts all connections to a broker and takes no new ones. It keeps its port and its records.
    public func setDown(_ broker: Int32 = 1) throws(KafkaError) {
        try unsafe onCluster("broker \(broker)") { unsafe rd_kafka_mock_broker_set_down($0, broker) }
    }

    /// Takes connections again.
    public func setUp(_ broker: Int32 = 1) throws(KafkaError) {
        try unsafe onCluster("broker \(broker)") { unsafe rd_kafka_mock_broker_set_up($0, broker) }
    }

    /// Delays every answer of a broker.
    public func setRoundTrip(_ delay: Duration, broker: Int32 = 1) throws(KafkaError) {
        try unsafe onCluster("broker \(broker)") { unsafe rd_kafka_mock_broker_set_rtt($0, broker, delay.milliseconds) }
    }

    /// Makes `broker` the leader of a partition; nil leaves it without one.
    public func setLeader(_ broker: Int32?, topic: String, partition: Int32) throws(KafkaError) {
        try unsafe onCluster("leader of \(topic):\(partition)") {
            unsafe rd_kafka_mock_partition_set_leader($0, topic, partition, broker ?? -1)
        }
    }

    /// Has metadata requests answer `error` for a topic; `none` ends that.
    public func setTopicError(_ error: KafkaErrorCode, topic: String) {
        unsafe host.ifOpen { _ in
            unsafe rd_kafka_mock_topic_set_error(cluster, topic, rd_kafka_resp_err_t(error.rawValue))
        }
    }

    /// Answers the next requests of a kind with `errors`, one each, on whichever broker; `none` lets one pass.
    public func failNext(_ request: KafkaRequest, with errors: [KafkaErrorCode]) {
        let codes = errors.map { rd_kafka_resp_err_t($0.rawValue) }
        unsafe host.ifOpen { _ in
            unsafe codes.withUnsafeBufferPointer { codes in
                // The array is copied during the call.
                unsafe rd_kafka_mock_push_request_errors_array(
                    cluster, request.rawValue, codes.count, codes.baseAddress)
            }
        }
    }

    /// Answers the next request of a kind on one broker with `error` (`none`: as usual) after `delay`.
    ///
    /// No error and a delay longer than the client waits is a lost acknowledgement: done, but nobody was told.
    public func delayNext(
        _ request: KafkaRequest, by delay: Duration, error: KafkaErrorCode = .none, broker: Int32 = 1
    ) throws(KafkaError) {
        try unsafe onCluster("broker \(broker)") {
            unsafe crk_mock_push_delayed_error(
                $0, broker, request.rawValue, rd_kafka_resp_err_t(error.rawValue), delay.milliseconds)
        }
    }

    /// Forgets what `failNext` has left for a kind of request.
    public func clearFailures(_ request: KafkaRequest) {
        unsafe host.ifOpen { _ in unsafe rd_kafka_mock_clear_request_errors(cluster, request.rawValue) }
    }

    /// The watermarks of a partition: a low one above 0 says how many records were dropped for want of room.
    ///
    /// Blocks, at most for `timeout`.
    public func watermarks(_ topic: String, _ partition: Int32, timeout: Duration) throws(KafkaError) -> Watermarks {
        try client().queryWatermarks(topic, partition, timeout: timeout)
    }

    private func client() throws(KafkaError) -> KafkaClient {
        try watcher.withLock { () throws(KafkaError) in
            if let asking { return asking }
            var configuration = KafkaConfiguration()
            configuration["bootstrap.servers"] = bootstrap
            configuration["log_level"] = "0"
            let made = try KafkaClient(.consumer, configuration, events: 0)
            asking = made
            return made
        }
    }

    private func onCluster(
        _ what: String, _ body: (OpaquePointer) -> rd_kafka_resp_err_t
    ) throws(KafkaError) {
        try unsafe host.withHandle { (_) throws(KafkaError) in
            try KafkaError.check(unsafe body(cluster), what)
        }
    }
}
