import CRdkafka

extension KafkaConsumer {
    /// Commits `partitions`, each with its `offset` and `metadata`, in the group's name. Does not block: the answer is
    /// an event `.commit` that carries `tag`.
    ///
    /// An offset is where to go on reading: the one behind the last record that is safe. Nothing checks here that it
    /// rises or that the partition is still ours. (Storing offsets for automatic commits would drop the metadata.)
    public func commit(_ partitions: [TopicPartition], tag: UInt = 0) throws(KafkaError) {
        try unsafe client.withHandle { (handle) throws(KafkaError) in
            try unsafe PartitionList.with(partitions) { (list) throws(KafkaError) in
                try KafkaError.check(
                    unsafe rd_kafka_commit_queue(
                        handle, list, mainQueue, nil, UnsafeMutableRawPointer(bitPattern: tag)),
                    "commit")
            }
        }
    }

    /// As `commit`, and waits for the answer, at most for `timeout`; throws what the broker refused it for, of all or of
    /// one partition. After a timeout it may or may not have happened.
    ///
    /// Any thread. It serves no other event meanwhile.
    public func commitAndWait(_ partitions: [TopicPartition], timeout: Duration) throws(KafkaError) {
        let deadline = Deadline(after: timeout)
        let result = try unsafe client.withHandle { (handle) throws(KafkaError) -> CommitResult in
            guard let queue = unsafe rd_kafka_queue_new(handle) else { throw KafkaError(.failed, "out of memory") }
            // An answer that comes later finds the queue gone and is dropped.
            defer { unsafe rd_kafka_queue_destroy(queue) }
            try unsafe PartitionList.with(partitions) { (list) throws(KafkaError) in
                try KafkaError.check(unsafe rd_kafka_commit_queue(handle, list, queue, nil, nil), "commit")
            }
            while let event = unsafe rd_kafka_queue_poll(queue, deadline.remaining.milliseconds) {
                defer { unsafe rd_kafka_event_destroy(event) }
                if unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT {
                    return unsafe CommitResult(event)
                }
            }
            throw KafkaError(.timedOut, "commit: no answer within \(timeout)")
        }
        if let failure = result.failure { throw failure }
    }

    /// What the group has committed of `partitions`: `offset` (``TopicPartition/realOffset`` nil where nothing is) and
    /// `metadata`. Blocks, at most for `timeout`.
    public func committed(_ partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [TopicPartition] {
        guard !partitions.isEmpty else { return [] }
        return try unsafe client.withHandle { (handle) throws(KafkaError) in
            try unsafe PartitionList.with(partitions) { (list) throws(KafkaError) in
                try KafkaError.check(
                    unsafe rd_kafka_committed(handle, list, timeout.milliseconds), "committed offsets")
                return unsafe PartitionList.read(list)
            }
        }
    }
}
