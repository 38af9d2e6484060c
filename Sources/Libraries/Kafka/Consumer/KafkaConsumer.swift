import CRdkafka

/// A consumer: a member of a group, or one whose partitions are assigned by hand.
///
/// Its main queue, with rebalances, commit results, errors and log lines, is polled by one control thread, which also
/// makes all other calls here unless they say otherwise. Records come by ``PartitionQueue``s alone.
///
/// `group.id` must be set, even to assign by hand (nothing joins the group until `subscribe`).
@safe public final class KafkaConsumer: @unchecked Sendable {
    /// The client below, for its queries.
    public let client: KafkaClient

    // Live until the client frees what was registered for them.
    let mainQueue: OpaquePointer
    private let mainQueueResource: Int
    // Set by `beginClose`, by the control thread.
    var closeQueue: OpaquePointer?

    /// A consumer that is connected to nothing yet. Throws for a configuration that does not hold together.
    ///
    /// - Parameter numbersFaults: whether a log line of facility `SSLCERTVRFY` gives OpenSSL's number of what is wrong with
    ///   a broker's certificate, as `x509=62`.
    public init(_ configuration: KafkaConfiguration, numbersFaults: Bool = false) throws(KafkaError) {
        guard let group = configuration["group.id"], !group.isEmpty else {
            throw KafkaError(.invalidArgument, "group.id is not set")
        }
        let client = try KafkaClient(
            .consumer, configuration, events: RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT,
            numbersFaults: numbersFaults)
        let queue = try unsafe client.withHandle { (handle) throws(KafkaError) in
            // Errors and log lines join the records' and rebalances' queue: one queue to poll. rd_kafka_poll would abort.
            try KafkaError.check(unsafe rd_kafka_poll_set_consumer(handle), "main queue")
            guard let queue = unsafe rd_kafka_queue_get_consumer(handle) else {
                throw KafkaError(.failed, "no consumer queue")
            }
            return unsafe queue
        }
        self.client = client
        unsafe mainQueue = queue
        mainQueueResource = client.register {
            unsafe rd_kafka_queue_io_event_enable(queue, -1, nil, 0)
            unsafe rd_kafka_queue_destroy(queue)
        }
    }

    /// Joins the group for `topics` (names, or regular expressions that begin with `^`). Does not block.
    public func subscribe(_ topics: [String]) throws(KafkaError) {
        try unsafe client.withHandle { (handle) throws(KafkaError) in
            try unsafe PartitionList.with(topics.map { TopicPartition($0, KafkaConsumer.anyPartition) }) {
                (list) throws(KafkaError) in
                try KafkaError.check(unsafe rd_kafka_subscribe(handle, list), "subscribe")
            }
        }
    }

    /// Leaves the group. Its partitions are revoked by an event first. Does not block.
    public func unsubscribe() throws(KafkaError) {
        try unsafe client.withHandle { (handle) throws(KafkaError) in
            try KafkaError.check(unsafe rd_kafka_unsubscribe(handle), "unsubscribe")
        }
    }

    /// The queue of a partition, detached. To be called before the partition is assigned: later it loses records.
    public func partitionQueue(_ topic: String, _ partition: Int32) throws(KafkaError) -> PartitionQueue {
        try PartitionQueue(client: client, topic: topic, partition: partition)
    }

    /// Begins to fetch `partitions`, each from its `offset` (``KafkaOffset/invalid``: from the committed one), and
    /// nothing else. Does not block.
    public func assign(_ partitions: [TopicPartition]) throws(KafkaError) {
        try unsafe client.withHandle { (handle) throws(KafkaError) in
            try unsafe PartitionList.with(partitions) { (list) throws(KafkaError) in
                try KafkaError.check(unsafe rd_kafka_assign(handle, list), "assign")
            }
        }
    }

    /// Stops fetching. The answer to every `revoke` and `rebalanceFailed`. Does not block.
    public func unassign() throws(KafkaError) {
        try unsafe client.withHandle { (handle) throws(KafkaError) in
            try KafkaError.check(unsafe rd_kafka_assign(handle, nil), "unassign")
        }
    }

    /// What is assigned now.
    public func assignment() throws(KafkaError) -> [TopicPartition] {
        try unsafe client.withHandle { (handle) throws(KafkaError) in
            var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
            try KafkaError.check(unsafe rd_kafka_assignment(handle, &list), "assignment")
            defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
            return unsafe PartitionList.read(list)
        }
    }

    /// The group has given our partitions away. That it is false proves nothing in this version.
    public var assignmentLost: Bool { unsafe client.ifOpen { unsafe rd_kafka_assignment_lost($0) != 0 } ?? true }

    /// The offset behind the last record that was read of each partition; `realOffset` nil where none was.
    public func position(_ partitions: [TopicPartition]) throws(KafkaError) -> [TopicPartition] {
        try unsafe client.withHandle { (handle) throws(KafkaError) in
            try unsafe PartitionList.with(partitions) { (list) throws(KafkaError) in
                try KafkaError.check(unsafe rd_kafka_position(handle, list), "position")
                return unsafe PartitionList.read(list)
            }
        }
    }

    /// This member's name in the group; nil before it has joined.
    public var memberID: String? {
        unsafe client.ifOpen { handle in
            guard let id = unsafe rd_kafka_memberid(handle) else { return nil }
            defer { unsafe rd_kafka_mem_free(handle, id) }
            let text = unsafe String(cString: id)
            return text.isEmpty ? nil : text
        } ?? nil
    }

    /// What killed this consumer, as being fenced does; nil while it lives.
    public var fatalError: KafkaError? { client.fatalError }

    private static let anyPartition: Int32 = -1
}
