import CRdkafka

/// The configuration of a topic, as its brokers apply it.
public struct TopicSettings: Sendable, Hashable {
    /// All of it, by Kafka's names. What is secret or unset is left out.
    public let values: [String: String]

    /// The settings `values`.
    public init(_ values: [String: String]) { self.values = values }

    /// The largest batch of records, after compression, that the topic takes, in bytes.
    public var maxMessageBytes: Int? { values["max.message.bytes"].flatMap { Int($0) } }

    /// How old a record may get, in milliseconds; -1 for any age.
    public var retentionMilliseconds: Int64? { values["retention.ms"].flatMap { Int64($0) } }

    /// `delete`, `compact`, or both.
    public var cleanupPolicy: String? { values["cleanup.policy"] }
}

extension KafkaClient {
    /// Asks for the configuration of a topic.
    ///
    /// Blocks, at most for `timeout` and a moment. Throws `topicAuthorization` where it may not be read,
    /// `unknownTopicOrPartition` for a topic that is missing. An embedded broker does not know this request.
    public func topicSettings(_ topic: String, timeout: Duration) throws(KafkaError) -> TopicSettings {
        try settings(RD_KAFKA_RESOURCE_TOPIC, topic, topic, timeout)
    }

    /// Asks for the configuration of the broker of this number, by Kafka's names; what is secret or unset is left out.
    ///
    /// Blocks, at most for `timeout` and a moment. Throws `clusterAuthorization` where it may not be read.
    public func brokerSettings(_ broker: Int32, timeout: Duration) throws(KafkaError) -> [String: String] {
        try settings(RD_KAFKA_RESOURCE_BROKER, String(broker), "broker \(broker)", timeout).values
    }

    private func settings(
        _ kind: rd_kafka_ResourceType_t, _ name: String, _ what: String, _ timeout: Duration
    ) throws(KafkaError) -> TopicSettings {
        let resource = unsafe rd_kafka_ConfigResource_new(kind, name)
        defer { unsafe rd_kafka_ConfigResource_destroy(resource) }
        return try unsafe admin(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout: timeout) { handle, options, queue in
            var resources = unsafe [resource]
            unsafe rd_kafka_DescribeConfigs(handle, &resources, 1, options, queue)
        } read: { (event) throws(KafkaError) in
            var count = 0
            guard let answers = unsafe rd_kafka_DescribeConfigs_result_resources(event, &count), count == 1,
                let answer = unsafe answers[0]
            else { throw KafkaError(.failed, "settings of \(what): no answer") }
            try unsafe KafkaError.check(resource: answer, "settings of \(what)")
            return unsafe TopicSettings(answer)
        }
    }
}

extension TopicSettings {
    init(_ resource: OpaquePointer) {
        var values: [String: String] = [:]
        var count = 0
        let entries = unsafe rd_kafka_ConfigResource_configs(resource, &count)
        for index in 0..<count {
            guard let entry = unsafe entries?[index], let value = unsafe rd_kafka_ConfigEntry_value(entry) else {
                continue
            }
            unsafe values[String(cString: rd_kafka_ConfigEntry_name(entry))] = unsafe String(cString: value)
        }
        self.values = values
    }
}

extension KafkaError {
    /// Throws what the answer about a resource says went wrong.
    static func check(resource: OpaquePointer, _ doing: String) throws(KafkaError) {
        let code = unsafe rd_kafka_ConfigResource_error(resource)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let text = unsafe rd_kafka_ConfigResource_error_string(resource).map { unsafe String(cString: $0) }
        throw KafkaError(KafkaErrorCode(code), "\(doing): \(text ?? KafkaErrorCode(code).text)")
    }
}
