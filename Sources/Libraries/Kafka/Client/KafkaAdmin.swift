import CRdkafka

/// What only administrators ask: changes to topics, for tests and tools (the worker itself makes, changes and deletes none),
/// and who belongs to a group.
///
/// Every call blocks, at most for `timeout` and a moment, on any thread.
public struct KafkaAdmin: Sendable {
    let client: KafkaClient

    /// Asks by means of `client`, of whichever role.
    public init(_ client: KafkaClient) { self.client = client }

    /// Makes a topic. With `topicExists` thrown it was there already.
    public func createTopic(
        _ name: String, partitions: Int32, replicas: Int32 = 1, settings: [String: String] = [:],
        timeout: Duration = .seconds(20)
    ) throws(KafkaError) {
        let (made, message) = unsafe withErrorText { text, size in
            unsafe rd_kafka_NewTopic_new(name, partitions, replicas, text, size)
        }
        guard let topic = unsafe made else { throw KafkaError(.invalidArgument, message) }
        defer { unsafe rd_kafka_NewTopic_destroy(topic) }
        for (key, value) in settings {
            try KafkaError.check(unsafe rd_kafka_NewTopic_set_config(topic, key, value), key)
        }
        try unsafe client.admin(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout: timeout) { handle, options, queue in
            var topics: [OpaquePointer?] = unsafe [topic]
            unsafe rd_kafka_CreateTopics(handle, &topics, 1, options, queue)
        } read: { (event) throws(KafkaError) in
            var count = 0
            try unsafe KafkaAdmin.check(rd_kafka_CreateTopics_result_topics(event, &count), count)
        }
    }

    /// Deletes a topic with its records.
    public func deleteTopic(_ name: String, timeout: Duration = .seconds(20)) throws(KafkaError) {
        let topic = unsafe rd_kafka_DeleteTopic_new(name)
        defer { unsafe rd_kafka_DeleteTopic_destroy(topic) }
        try unsafe client.admin(RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout: timeout) { handle, options, queue in
            var topics = unsafe [topic]
            unsafe rd_kafka_DeleteTopics(handle, &topics, 1, options, queue)
        } read: { (event) throws(KafkaError) in
            var count = 0
            try unsafe KafkaAdmin.check(rd_kafka_DeleteTopics_result_topics(event, &count), count)
        }
    }

    /// Gives a topic more partitions: `count` in all.
    public func setPartitions(_ count: Int, of topic: String, timeout: Duration = .seconds(20)) throws(KafkaError) {
        let (made, message) = unsafe withErrorText { text, size in
            unsafe rd_kafka_NewPartitions_new(topic, count, text, size)
        }
        guard let wanted = unsafe made else { throw KafkaError(.invalidArgument, message) }
        defer { unsafe rd_kafka_NewPartitions_destroy(wanted) }
        try unsafe client.admin(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, timeout: timeout) { handle, options, queue in
            var all: [OpaquePointer?] = unsafe [wanted]
            unsafe rd_kafka_CreatePartitions(handle, &all, 1, options, queue)
        } read: { (event) throws(KafkaError) in
            var count = 0
            try unsafe KafkaAdmin.check(rd_kafka_CreatePartitions_result_topics(event, &count), count)
        }
    }

    /// Sets the configuration of a topic to `settings`; whatever they do not name goes back to its default.
    public func setSettings(
        _ settings: [String: String], of topic: String, timeout: Duration = .seconds(20)
    ) throws(KafkaError) {
        let resource = unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)
        defer { unsafe rd_kafka_ConfigResource_destroy(resource) }
        for (key, value) in settings {
            try KafkaError.check(unsafe rd_kafka_ConfigResource_set_config(resource, key, value), key)
        }
        try unsafe client.admin(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, timeout: timeout) { handle, options, queue in
            var resources = unsafe [resource]
            unsafe rd_kafka_AlterConfigs(handle, &resources, 1, options, queue)
        } read: { (event) throws(KafkaError) in
            var count = 0
            guard let answers = unsafe rd_kafka_AlterConfigs_result_resources(event, &count), count == 1,
                let answer = unsafe answers[0]
            else { throw KafkaError(.failed, "settings of \(topic): no answer") }
            try unsafe KafkaError.check(resource: answer, "settings of \(topic)")
        }
    }

    /// Deletes the records of each partition that lie before its `offset`.
    public func deleteRecords(
        before partitions: [TopicPartition], timeout: Duration = .seconds(20)
    ) throws(KafkaError) {
        try unsafe PartitionList.with(partitions) { (list) throws(KafkaError) in
            let request = unsafe rd_kafka_DeleteRecords_new(list)
            defer { unsafe rd_kafka_DeleteRecords_destroy(request) }
            try unsafe client.admin(RD_KAFKA_ADMIN_OP_DELETERECORDS, timeout: timeout) { handle, options, queue in
                var requests = unsafe [request]
                unsafe rd_kafka_DeleteRecords(handle, &requests, 1, options, queue)
            } read: { (event) throws(KafkaError) in
                let answer = unsafe PartitionList.read(
                    UnsafeMutablePointer(mutating: rd_kafka_DeleteRecords_result_offsets(event)))
                guard let failed = answer.first(where: { $0.error != .none }) else { return }
                throw KafkaError(failed.error, "\(failed.topic):\(failed.partition): \(failed.error.text)")
            }
        }
    }

    /// Throws the first error among the results of a request about topics.
    private static func check(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int
    ) throws(KafkaError) {
        for index in 0..<count {
            guard let result = unsafe results?[index] else { continue }
            let code = unsafe rd_kafka_topic_result_error(result)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            let text = unsafe rd_kafka_topic_result_error_string(result).map { unsafe String(cString: $0) }
            throw KafkaError(KafkaErrorCode(code), text)
        }
    }
}
