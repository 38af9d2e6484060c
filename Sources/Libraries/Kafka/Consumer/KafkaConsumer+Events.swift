import CRdkafka

extension KafkaConsumer {
    /// The next event, waited for at most `timeout` (zero: not at all); nil when there is none.
    ///
    /// Control thread only. It resets `max.poll.interval.ms`, as does reading any queue of the consumer: a lane that
    /// stands still is not found out by the group.
    public func poll(timeout: Duration) -> ConsumerEvent? {
        let deadline = Deadline(after: timeout)
        while true {
            let event = unsafe client.ifOpen { handle -> ConsumerEvent?? in
                // The queue lives while the client lets us in.
                guard
                    let event = unsafe rd_kafka_queue_poll(closeQueue ?? mainQueue, deadline.remaining.milliseconds)
                else { return .none }
                defer { unsafe rd_kafka_event_destroy(event) }
                return .some(unsafe read(event, of: handle))
            }
            // Closed, or nothing came.
            guard let event, let read = event else { return nil }
            // What was no event for us (there are internal ones) does not end the wait.
            if let read { return read }
        }
    }

    /// As ``PartitionQueue/wake(_:)``, for the main queue.
    public func wake(_ fileDescriptor: Int32) {
        var one: UInt64 = 1
        unsafe client.ifOpen { _ in unsafe rd_kafka_queue_io_event_enable(mainQueue, fileDescriptor, &one, 8) }
    }

    private func read(_ event: OpaquePointer, of handle: OpaquePointer) -> ConsumerEvent? {
        switch unsafe rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_REBALANCE: return unsafe rebalance(event, of: handle)
        case RD_KAFKA_EVENT_OFFSET_COMMIT: return .commit(unsafe CommitResult(event))
        case RD_KAFKA_EVENT_FETCH: return .strayRecords(unsafe strayRecords(event))
        case RD_KAFKA_EVENT_ERROR: return unsafe error(event)
        default:
            switch unsafe ClientEvent(event) {
            case .error(let error): return .error(error, nil)
            case .log(let line): return .log(line)
            case .statistics(let text): return .statistics(text)
            case nil: return nil
            }
        }
    }

    private func rebalance(_ event: OpaquePointer, of handle: OpaquePointer) -> ConsumerEvent {
        let partitions = unsafe PartitionList.read(rd_kafka_event_topic_partition_list(event))
        switch unsafe rd_kafka_event_error(event) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: return .assign(partitions)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            return .revoke(partitions, lost: unsafe rd_kafka_assignment_lost(handle) != 0)
        default: return .rebalanceFailed(unsafe KafkaError(event: event))
        }
    }

    private func error(_ event: OpaquePointer) -> ConsumerEvent {
        let error = unsafe KafkaError(event: event)
        guard let place = unsafe rd_kafka_event_topic_partition(event) else { return .error(error, nil) }
        defer { unsafe rd_kafka_topic_partition_destroy(place) }
        return .error(error, unsafe PartitionList.read(place.pointee))
    }

    private func strayRecords(_ event: OpaquePointer) -> [TopicPartition] {
        var found: [TopicPartition] = []
        while let message = unsafe rd_kafka_event_message_next(event) {
            let record = unsafe message.pointee
            unsafe found.append(
                TopicPartition(
                    String(cString: rd_kafka_topic_name(record.rkt)), record.partition, offset: record.offset,
                    error: KafkaErrorCode(record.err)))
        }
        return found
    }
}

extension CommitResult {
    init(_ event: OpaquePointer) {
        tag = UInt(bitPattern: unsafe rd_kafka_event_opaque(event))
        let code = unsafe rd_kafka_event_error(event)
        error = code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : unsafe KafkaError(event: event)
        partitions = unsafe PartitionList.read(rd_kafka_event_topic_partition_list(event))
    }
}
