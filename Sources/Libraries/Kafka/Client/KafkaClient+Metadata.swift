import CRdkafka

/// What a cluster says of itself and its topics.
public struct KafkaMetadata: Sendable, Hashable {
    /// A broker as clients reach it.
    public struct Broker: Sendable, Hashable {
        /// Its number.
        public let id: Int32
        /// Where it listens.
        public let host: String
        /// Where it listens.
        public let port: Int32
    }

    /// A partition of a topic.
    public struct Partition: Sendable, Hashable {
        /// Its number, from 0.
        public let id: Int32
        /// The broker that leads it; -1 where none does.
        public let leader: Int32
        /// How many replicas it should have.
        public let replicas: Int
        /// How many of those are in sync.
        public let inSync: Int
        /// What is wrong with it.
        public let error: KafkaErrorCode
    }

    /// A topic.
    public struct Topic: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its partitions in ascending order.
        public let partitions: [Partition]
        /// `unknownTopicOrPartition` where it is missing, `topicAuthorization` where it may not be seen.
        public let error: KafkaErrorCode
    }

    /// The brokers of the cluster.
    public var brokers: [Broker]
    /// The topics that were asked for, in the order of asking; all of them otherwise.
    public var topics: [Topic]
    /// The broker that answered.
    public var origin: String
}

extension KafkaClient {
    /// Asks a broker about `topics`, or about all there are. A topic that is missing or forbidden has an error.
    ///
    /// Blocks, at most for `timeout` a topic. On a consumer with `allow.auto.create.topics=false` (the default) it
    /// creates nothing; on a producer a broker that creates topics by itself may do so.
    public func metadata(topics: [String]? = nil, timeout: Duration) throws(KafkaError) -> KafkaMetadata {
        try unsafe withHandle { (handle) throws(KafkaError) in
            guard let topics else { return try unsafe ask(handle, topic: nil, all: true, timeout) }
            guard !topics.isEmpty else {
                var answer = try unsafe ask(handle, topic: nil, all: false, timeout)
                // It has the topics that the client happens to know.
                answer.topics = []
                return answer
            }
            let deadline = Deadline(after: timeout * topics.count)
            var whole: KafkaMetadata?
            for name in topics {
                guard let topic = unsafe rd_kafka_topic_new(handle, name, nil) else {
                    throw KafkaError(KafkaErrorCode(rd_kafka_last_error()), "topic \(name)")
                }
                defer { unsafe rd_kafka_topic_destroy(topic) }
                let answer = try unsafe ask(handle, topic: topic, all: false, min(timeout, deadline.remaining))
                whole?.topics += answer.topics
                whole = whole ?? answer
            }
            return whole ?? KafkaMetadata(brokers: [], topics: [], origin: "")
        }
    }

    private func ask(
        _ handle: OpaquePointer, topic: OpaquePointer?, all: Bool, _ timeout: Duration
    ) throws(KafkaError) -> KafkaMetadata {
        var answer: UnsafePointer<rd_kafka_metadata>?
        try KafkaError.check(
            unsafe rd_kafka_metadata(handle, all ? 1 : 0, topic, &answer, timeout.milliseconds), "metadata")
        guard let answer = unsafe answer else { throw KafkaError(.failed, "metadata: no answer") }
        defer { unsafe rd_kafka_metadata_destroy(answer) }
        return unsafe KafkaMetadata(answer.pointee)
    }

    /// The cluster's own identifier, nil where no broker told it in time. Blocks, at most for `timeout`.
    public func clusterID(timeout: Duration) -> String? {
        unsafe ifOpen { handle in
            guard let id = unsafe rd_kafka_clusterid(handle, timeout.milliseconds) else { return nil }
            defer { unsafe rd_kafka_mem_free(handle, id) }
            return unsafe String(cString: id)
        } ?? nil
    }
}

extension KafkaMetadata {
    init(_ answer: rd_kafka_metadata) {
        unsafe brokers = (0..<Int(answer.broker_cnt)).map { index in
            let broker = unsafe answer.brokers[index]
            return unsafe Broker(id: broker.id, host: String(cString: broker.host), port: broker.port)
        }
        unsafe topics = (0..<Int(answer.topic_cnt)).map { unsafe Topic(answer.topics[$0]) }
        unsafe origin = answer.orig_broker_name.map { unsafe String(cString: $0) } ?? ""
    }
}

extension KafkaMetadata.Topic {
    init(_ topic: rd_kafka_metadata_topic) {
        unsafe name = String(cString: topic.topic)
        unsafe error = KafkaErrorCode(topic.err)
        unsafe partitions = (0..<Int(topic.partition_cnt)).map { index in
            let partition = unsafe topic.partitions[index]
            return unsafe KafkaMetadata.Partition(
                id: partition.id, leader: partition.leader, replicas: Int(partition.replica_cnt),
                inSync: Int(partition.isr_cnt), error: KafkaErrorCode(partition.err))
        }.sorted { $0.id < $1.id }
    }
}
