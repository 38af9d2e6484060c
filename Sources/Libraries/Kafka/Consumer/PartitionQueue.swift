import CRdkafka

/// The queue of one partition, detached from the consumer's main queue: only who holds this reads its records.
///
/// Made by ``KafkaConsumer/partitionQueue(_:_:)`` *before* the partition is assigned; afterwards read, sought and closed
/// by one thread at a time. Must be closed before the consumer is.
@safe public final class PartitionQueue: @unchecked Sendable {
    /// The topic.
    public let topic: String
    /// The partition.
    public let partition: Int32

    private let client: KafkaClient
    // Both live until the client runs what was registered for them; touched only inside the client.
    private let queue: OpaquePointer
    private let topicHandle: OpaquePointer
    private let resource: Int

    init(client: KafkaClient, topic: String, partition: Int32) throws(KafkaError) {
        self.topic = topic
        self.partition = partition
        self.client = client
        let handles = try unsafe client.withHandle { (handle) throws(KafkaError) in
            guard let queue = unsafe rd_kafka_queue_get_partition(handle, topic, partition) else {
                throw KafkaError(.unknownPartition, "queue of \(topic):\(partition)")
            }
            guard let topicHandle = unsafe rd_kafka_topic_new(handle, topic, nil) else {
                unsafe rd_kafka_queue_destroy(queue)
                throw KafkaError(KafkaErrorCode(rd_kafka_last_error()), "topic \(topic)")
            }
            unsafe rd_kafka_queue_forward(queue, nil)
            return unsafe (queue: queue, topic: topicHandle)
        }
        unsafe queue = handles.queue
        unsafe topicHandle = handles.topic
        resource = client.register {
            // A queue outlives its handles: the file descriptor, which may be another file by then, must be forgotten.
            unsafe rd_kafka_queue_io_event_enable(handles.queue, -1, nil, 0)
            unsafe rd_kafka_queue_destroy(handles.queue)
            unsafe rd_kafka_topic_destroy(handles.topic)
        }
    }

    deinit { close() }

    /// Forgets the wake-up and gives the queue back. Later reads find nothing. The partition should be unassigned first.
    public func close() { client.release(resource) }

    /// Moves at most `max` messages that are there now to the end of `batch`; answers how many. Never blocks.
    ///
    /// At most as many as `batch` has room for. They are in offset order, but offsets may have gaps: markers of
    /// transactions, compacted records. An error of the partition (``KafkaMessage/error``) stands among them.
    public func read(into batch: MessageBatch, max: Int) -> Int {
        let wanted = min(max, batch.room)
        guard wanted > 0 else { return 0 }
        let got = unsafe client.ifOpen { _ in
            // `wanted` slots from `count` on are free, and the queue lives while the client lets us in.
            unsafe rd_kafka_consume_batch_queue(queue, 0, batch.slots + batch.count, wanted)
        }
        guard let got, got > 0 else { return 0 }
        unsafe batch.filled.pointee += got
        return got
    }

    /// Writes eight bytes (the number 1) to `fileDescriptor`, an eventfd, whenever the queue turns from empty to not.
    ///
    /// Only then: read until nothing comes before sleeping on it, and read once after this call, which tells nothing of
    /// what is there already. The descriptor must stay open until ``close()``.
    public func wake(_ fileDescriptor: Int32) {
        var one: UInt64 = 1
        unsafe client.ifOpen { _ in unsafe rd_kafka_queue_io_event_enable(queue, fileDescriptor, &one, 8) }
    }

    /// Goes on reading at `offset`; what was fetched and not read is thrown away. Blocks until it is done, at most for
    /// `timeout`; after a timeout it may still happen, so verify the next offset.
    ///
    /// Only on the thread that reads, between two reads: in this version records are lost where a seek meets a read.
    public func seek(to offset: Int64, timeout: Duration) throws(KafkaError) {
        try unsafe client.withHandle { (_) throws(KafkaError) in
            try KafkaError.check(
                unsafe rd_kafka_seek(topicHandle, partition, offset, Swift.max(1, timeout.milliseconds)),
                "seek of \(topic):\(partition) to \(offset)")
        }
    }
}
