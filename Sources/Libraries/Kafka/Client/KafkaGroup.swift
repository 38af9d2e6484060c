import CRdkafka

/// A consumer group, as its coordinator sees it.
public struct KafkaGroup: Sendable, Hashable {
    /// One consumer of it.
    public struct Member: Sendable, Hashable {
        /// The name that the coordinator gave it.
        public var id: String
        /// `client.id`.
        public var clientID: String
        /// Where it connects from, as the broker writes it: `/127.0.0.1`.
        public var host: String
        /// `group.instance.id`; nil for one that is no static member.
        public var instance: String?
        /// What it reads.
        public var partitions: [TopicPartition]
    }

    /// Who belongs to it, those included that have not been given anything yet.
    public var members: [Member]
}

extension KafkaAdmin {
    /// Who belongs to the group `name`; nobody for one that does not exist.
    ///
    /// Blocks, at most for `timeout`. The embedded broker cannot tell: `unsupported` is thrown. It is recognised by its
    /// cluster's name, because this version of librdkafka fails an assertion where a broker does not know the request.
    public func describeGroup(_ name: String, timeout: Duration = .seconds(20)) throws(KafkaError) -> KafkaGroup {
        if client.clusterID(timeout: timeout)?.hasPrefix("mockCluster") == true {
            throw KafkaError(.unsupported, "the embedded broker cannot tell who is in a group")
        }
        return try unsafe client.admin(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, timeout: timeout) {
            handle, options, queue in
            unsafe name.withCString { text in
                var names: [UnsafePointer<CChar>?] = unsafe [text]
                // The names are copied before the call returns.
                unsafe rd_kafka_DescribeConsumerGroups(handle, &names, 1, options, queue)
            }
        } read: { (event) throws(KafkaError) in
            var count = 0
            guard let groups = unsafe rd_kafka_DescribeConsumerGroups_result_groups(event, &count), count == 1,
                let group = unsafe groups[0]
            else { throw KafkaError(.failed, "group \(name): no answer") }
            if let error = unsafe rd_kafka_ConsumerGroupDescription_error(group) {
                let code = unsafe rd_kafka_error_code(error)
                if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                    throw unsafe KafkaError(KafkaErrorCode(code), String(cString: rd_kafka_error_string(error)))
                }
            }
            return unsafe KafkaGroup(
                members: (0..<rd_kafka_ConsumerGroupDescription_member_count(group)).compactMap { index in
                    unsafe rd_kafka_ConsumerGroupDescription_member(group, index).map { unsafe KafkaGroup.Member($0) }
                })
        }
    }
}

extension KafkaGroup.Member {
    /// Copies what librdkafka has; all of it belongs to the answer.
    fileprivate init(_ member: OpaquePointer) {
        id = unsafe String(cString: rd_kafka_MemberDescription_consumer_id(member))
        clientID = unsafe String(cString: rd_kafka_MemberDescription_client_id(member))
        host = unsafe String(cString: rd_kafka_MemberDescription_host(member))
        instance = unsafe rd_kafka_MemberDescription_group_instance_id(member).map { unsafe String(cString: $0) }
        let assignment = unsafe rd_kafka_MemberDescription_assignment(member)
        partitions = unsafe PartitionList.read(
            UnsafeMutablePointer(mutating: rd_kafka_MemberAssignment_partitions(assignment)))
    }
}
