import Kafka
import Millrace

/// What the code in a report says, and what the sink makes of it.
///
/// A request of the gapless producer carries records of many deliveries and shards, and all of them get the code of the
/// one that was refused. To call them `rejected` would be worse than vague: a record that stands alone in its delivery
/// with that code, while its neighbours landed by another request, would be condemned on the spot, as its neighbours speak
/// for the sink. So they are `untried`, and their shard goes on carefully, a record a request, where a code names its
/// record beyond doubt.
enum RefusalRules {
    /// Who is to blame.
    enum Blame: Sendable, Hashable {
        /// A record that was refused as it is.
        case record
        /// A record, or a request, that is too large for the topic.
        case size
        /// The topic, the cluster, or the way there: no record's fault, and it may pass. Whatever is not known is this.
        case endpoint
        /// Nobody: it was taken back before it was answered.
        case purged
    }

    /// Who is to blame for `code`.
    ///
    /// Most codes of the endpoint never show: librdkafka itself tries again for ever what concerns leaders, replicas and
    /// connections, as records do not time out here.
    static func blame(_ code: KafkaErrorCode) -> Blame {
        switch code {
        case .messageTooLarge: .size
        case .purgedFromQueue, .purgedInFlight, .queueFull, .destroyed, .fatal: .purged
        case _ where isSequence(code): .purged
        case .invalidRecord, .invalidMessage, .invalidMessageSize, .invalidTimestamp, .recordListTooLarge,
            .policyViolation:
            .record
        default: .endpoint
        }
    }

    /// What a report with `code` says is wrong.
    ///
    /// A record's own time (`keepsTimestamp`) may be its fault. The time of sending is what this machine's clock shows, for
    /// every record alike: none of them is at fault, and the broker takes them once the clocks agree.
    static func fault(_ code: KafkaErrorCode, keepsTimestamp: Bool) -> SinkFlights.Fault {
        code == .invalidTimestamp && !keepsTimestamp ? .clock : .code(code)
    }

    /// Whether a record, one of its request, is to blame.
    static func isRefusal(_ fault: SinkFlights.Fault) -> Bool {
        guard case .code(let code) = fault else { return false }
        return [.record, .size].contains(blame(code))
    }

    /// What is said of a clock that `topic` does not accept.
    static func clockText(_ topic: String) -> String {
        "waits for the clock: topic \(topic) refuses the time of this machine (INVALID_TIMESTAMP); set its clock and"
            + " the broker's, they may differ by message.timestamp.after.max.ms and .before.max.ms of the topic"
    }

    /// Why a producer broke.
    enum Cause: Sendable, Hashable {
        /// The broker refused a record, and the producer keeps its promise to leave no gap.
        case record
        /// We took everything back, because a shard had to be given up.
        case abandoned
        /// Producer and broker no longer agree on what was sent, which happens to this version after connections were cut.
        case sequence
        /// Something else, which a new producer may meet again.
        case endpoint
    }

    /// Whether `code` says that producer and broker no longer agree on what was sent: the record may have landed, and a new
    /// producer begins anew.
    static func isSequence(_ code: KafkaErrorCode) -> Bool {
        [.outOfOrderSequence, .duplicateSequence, .invalidProducerEpoch, .unknownProducer, .inconsistent].contains(code)
    }

    /// What a report of a request with several records means for one of them; `cause` is why its producer broke.
    static func shared(_ code: KafkaErrorCode, _ cause: Cause?) -> FailureClass {
        switch blame(code) {
        case .record, .size: .untried
        case .endpoint: .transient
        // Sent again at once what stood behind a refused record; but when the producer broke by itself there is no other
        // failure that would slow the next attempt down.
        case .purged: cause == .endpoint ? .transient : .untried
        }
    }

    /// What a report of a request with one record means for it.
    ///
    /// Only its size is called its own fault beyond doubt. `rejected` is a suspicion: where a topic takes no record at
    /// all, say a compacted one from a source without keys, a few dead letters show it and the shard waits for a person.
    static func alone(_ code: KafkaErrorCode, _ cause: Cause?) -> FailureClass {
        switch blame(code) {
        case .record: .rejected
        case .size: .poison
        case .endpoint: .transient
        case .purged: cause == .endpoint ? .transient : .untried
        }
    }
}

extension KafkaErrorCode {
    /// The broker misses records before those of the request.
    static let outOfOrderSequence = KafkaErrorCode(rawValue: 45)
    /// The broker has had the request before.
    static let duplicateSequence = KafkaErrorCode(rawValue: 46)
    /// The producer's identity is out of date.
    static let invalidProducerEpoch = KafkaErrorCode(rawValue: 47)
    /// The broker has forgotten the producer.
    static let unknownProducer = KafkaErrorCode(rawValue: 59)
    /// The producer cannot build the same request again.
    static let inconsistent = KafkaErrorCode(rawValue: -149)
    /// The broker finds a record or its checksum broken.
    static let invalidMessage = KafkaErrorCode(rawValue: 2)
    /// The broker finds a record's size impossible.
    static let invalidMessageSize = KafkaErrorCode(rawValue: 4)
    /// The request is larger than a segment of the topic's log.
    static let recordListTooLarge = KafkaErrorCode(rawValue: 18)
    /// A record's timestamp is out of the topic's range.
    static let invalidTimestamp = KafkaErrorCode(rawValue: 32)
    /// A policy of the cluster forbids the record.
    static let policyViolation = KafkaErrorCode(rawValue: 44)
}
