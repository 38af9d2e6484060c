import CRdkafka

/// What went wrong, as librdkafka numbers it: 0 is no error, negative codes are the client's own, positive ones the
/// broker's.
@frozen public struct KafkaErrorCode: RawRepresentable, Hashable, Sendable {
    /// librdkafka's number.
    public let rawValue: Int32

    /// The code numbered `rawValue`; any number is taken.
    @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }

    @usableFromInline init(_ code: rd_kafka_resp_err_t) { rawValue = code.rawValue }

    /// The symbolic name, `_TRANSPORT` or `UNKNOWN_TOPIC_OR_PART`; of a closed set, so fit for a metric label.
    public var name: String { unsafe String(cString: rd_kafka_err2name(rd_kafka_resp_err_t(rawValue))) }

    /// One sentence, the same every time for the same code.
    public var text: String { unsafe String(cString: rd_kafka_err2str(rd_kafka_resp_err_t(rawValue))) }

    /// True for what may pass when the same call is made again later.
    ///
    /// Codes that nobody has classified are not retriable.
    public var isRetriable: Bool { KafkaErrorCode.retriable.contains(self) }
}

extension KafkaErrorCode {
    /// No error. Computed, as it is compared with for every record.
    @inlinable public static var none: KafkaErrorCode { KafkaErrorCode(rawValue: 0) }
    /// The client was destroyed or is being destroyed.
    public static let destroyed = KafkaErrorCode(RD_KAFKA_RESP_ERR__DESTROY)
    /// The client failed in a way it has no code for.
    public static let failed = KafkaErrorCode(RD_KAFKA_RESP_ERR__FAIL)
    /// The connection to a broker failed.
    public static let transport = KafkaErrorCode(RD_KAFKA_RESP_ERR__TRANSPORT)
    /// A host name could not be resolved.
    public static let resolve = KafkaErrorCode(RD_KAFKA_RESP_ERR__RESOLVE)
    /// No broker can be reached. Sometimes said falsely by this version: never end because of it alone.
    public static let allBrokersDown = KafkaErrorCode(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    /// A deadline of the client passed.
    public static let timedOut = KafkaErrorCode(RD_KAFKA_RESP_ERR__TIMED_OUT)
    /// A message waited longer than its own limit.
    public static let messageTimedOut = KafkaErrorCode(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
    /// The queue of the producer is full: back-pressure, not a failure.
    public static let queueFull = KafkaErrorCode(RD_KAFKA_RESP_ERR__QUEUE_FULL)
    /// Taken back from the queue before it was sent.
    public static let purgedFromQueue = KafkaErrorCode(RD_KAFKA_RESP_ERR__PURGE_QUEUE)
    /// Given up while its request was on the wire: it may have landed.
    public static let purgedInFlight = KafkaErrorCode(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
    /// The producer's guarantee is broken or the client was fenced: it can do nothing more.
    public static let fatal = KafkaErrorCode(RD_KAFKA_RESP_ERR__FATAL)
    /// A member with the same static identity took over.
    public static let fenced = KafkaErrorCode(RD_KAFKA_RESP_ERR__FENCED)
    /// A record cannot be delivered in order, `enable.gapless.guarantee` forbids the gap.
    public static let gaplessGuarantee = KafkaErrorCode(RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE)
    /// The offset to start from does not exist and `auto.offset.reset` is `error`.
    public static let autoOffsetReset = KafkaErrorCode(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
    /// The end of the partition was reached (only with `enable.partition.eof`).
    public static let partitionEnd = KafkaErrorCode(RD_KAFKA_RESP_ERR__PARTITION_EOF)
    /// A fetched batch has a bad checksum or does not parse.
    public static let badMessage = KafkaErrorCode(RD_KAFKA_RESP_ERR__BAD_MSG)
    /// A fetched batch does not decompress.
    public static let badCompression = KafkaErrorCode(RD_KAFKA_RESP_ERR__BAD_COMPRESSION)
    /// The topic does not exist (the client's own finding).
    public static let unknownTopic = KafkaErrorCode(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
    /// The topic has no such partition (the client's own finding).
    public static let unknownPartition = KafkaErrorCode(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
    /// An argument or a configuration value is invalid.
    public static let invalidArgument = KafkaErrorCode(RD_KAFKA_RESP_ERR__INVALID_ARG)
    /// Not in this state.
    public static let state = KafkaErrorCode(RD_KAFKA_RESP_ERR__STATE)
    /// There was no offset to commit.
    public static let noOffset = KafkaErrorCode(RD_KAFKA_RESP_ERR__NO_OFFSET)
    /// The broker does not support what was asked.
    public static let unsupported = KafkaErrorCode(RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE)
    /// SASL authentication failed.
    public static let authentication = KafkaErrorCode(RD_KAFKA_RESP_ERR__AUTHENTICATION)
    /// The TLS handshake failed.
    public static let tls = KafkaErrorCode(RD_KAFKA_RESP_ERR__SSL)
    /// The topic or partition does not exist (the broker's finding).
    public static let unknownTopicOrPartition = KafkaErrorCode(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    /// The topic exists already.
    public static let topicExists = KafkaErrorCode(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    /// The offset lies outside the log.
    public static let offsetOutOfRange = KafkaErrorCode(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
    /// The broker, or the client before it, finds the message too large.
    public static let messageTooLarge = KafkaErrorCode(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    /// The broker refuses the record itself.
    public static let invalidRecord = KafkaErrorCode(RD_KAFKA_RESP_ERR_INVALID_RECORD)
    /// The commit is of an old generation: the partitions belong to someone else by now.
    public static let illegalGeneration = KafkaErrorCode(RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION)
    /// The group does not know this member any more.
    public static let unknownMember = KafkaErrorCode(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID)
    /// The group is being rebalanced.
    public static let rebalanceInProgress = KafkaErrorCode(RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS)
    /// The brokers do not allow a session of this length.
    public static let invalidSessionTimeout = KafkaErrorCode(RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT)
    /// The group's members have no assignment strategy that this one has too.
    public static let inconsistentGroupProtocol = KafkaErrorCode(RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL)
    /// The brokers do not take the group's name.
    public static let invalidGroup = KafkaErrorCode(RD_KAFKA_RESP_ERR_INVALID_GROUP_ID)
    /// Another consumer with this `group.instance.id` fenced this one.
    public static let fencedInstance = KafkaErrorCode(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
    /// Not permitted on this topic.
    public static let topicAuthorization = KafkaErrorCode(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    /// Not permitted in this group.
    public static let groupAuthorization = KafkaErrorCode(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
    /// Not permitted in this cluster.
    public static let clusterAuthorization = KafkaErrorCode(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)

    private static let retriable: Set<KafkaErrorCode> = Set(
        [
            RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
            RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__WAIT_CACHE,
            RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS,
            RD_KAFKA_RESP_ERR__NODE_UPDATE, RD_KAFKA_RESP_ERR__SSL,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
            RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_FETCH_SESSION_ID_NOT_FOUND,
            RD_KAFKA_RESP_ERR_INVALID_FETCH_SESSION_EPOCH, RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND,
            RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
            RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
        ].map(KafkaErrorCode.init))
}

extension KafkaErrorCode: CustomStringConvertible {
    /// The symbolic name.
    public var description: String { name }
}
