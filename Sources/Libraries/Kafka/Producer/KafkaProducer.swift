import CRdkafka

/// A producer whose reports are polled from its queue.
///
/// One thread at a time produces and polls (a lane); the rest may come from any thread.
@safe public final class KafkaProducer: @unchecked Sendable {
    /// Who owns the bytes of payloads between the call and the report.
    public enum Ownership: Sendable {
        /// librdkafka copies them during the call.
        case copied
        /// They stay where they are, unchanged, until the record's report was polled or the producer is destroyed.
        case borrowed
    }

    /// The client below, for its queries.
    public let client: KafkaClient

    // Lives until the client frees what was registered for it.
    let queue: OpaquePointer

    /// A producer that is connected to nothing yet. Throws for a configuration that does not hold together.
    public init(_ configuration: KafkaConfiguration) throws(KafkaError) {
        let client = try KafkaClient(.producer, configuration, events: RD_KAFKA_EVENT_DR)
        let queue = try unsafe client.withHandle { (handle) throws(KafkaError) in
            guard let queue = unsafe rd_kafka_queue_get_main(handle) else {
                throw KafkaError(.failed, "no report queue")
            }
            return unsafe queue
        }
        self.client = client
        unsafe self.queue = queue
        _ = client.register {
            unsafe rd_kafka_queue_io_event_enable(queue, -1, nil, 0)
            unsafe rd_kafka_queue_destroy(queue)
        }
    }

    /// The topic `name` for producing to. Kept for the producer's life: make it once. Does not block.
    public func topic(_ name: String) throws(KafkaError) -> ProducerTopic {
        try ProducerTopic(client: client, name: name)
    }

    /// What broke it for good; nil while it works. Nothing more is taken then, what was taken still gets its reports.
    public var fatalError: KafkaError? { client.fatalError }

    /// Records without a polled report, and log lines and errors not yet polled.
    public var outstanding: Int { unsafe client.ifOpen { Int(unsafe rd_kafka_outq_len($0)) } ?? 0 }

    /// Closes to new calls, waits for those inside, frees everything. What has no report gets none.
    ///
    /// **Blocks**, for as long as librdkafka's threads take to end, but at most for `timeout`: never on a lane. False when
    /// it took longer; a thread of its own goes on then, and borrowed payloads must stay until it has ended, that is:
    /// until a later call answers true.
    public func destroy(within timeout: Duration) -> Bool { client.destroy(within: timeout) }
}
