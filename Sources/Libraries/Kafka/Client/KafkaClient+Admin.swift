import CRdkafka

extension KafkaClient {
    /// Starts an admin request with `start`, waits for its answer, hands that to `read`. Blocks, at most for `timeout`.
    ///
    /// `options` of `start` allow the broker as much time as we wait.
    func admin<R>(
        _ operation: rd_kafka_admin_op_t, timeout: Duration,
        start: (_ handle: OpaquePointer, _ options: OpaquePointer?, _ queue: OpaquePointer) -> Void,
        read: (_ event: OpaquePointer) throws(KafkaError) -> R
    ) throws(KafkaError) -> R {
        let deadline = Deadline(after: timeout)
        return try unsafe withHandle { (handle) throws(KafkaError) in
            guard let queue = unsafe rd_kafka_queue_new(handle) else { throw KafkaError(.failed, "out of memory") }
            // An answer that comes later finds the queue gone and is dropped.
            defer { unsafe rd_kafka_queue_destroy(queue) }
            let options = unsafe rd_kafka_AdminOptions_new(handle, operation)
            defer { unsafe rd_kafka_AdminOptions_destroy(options) }
            unsafe allow(timeout, options)
            unsafe start(handle, options, queue)
            guard let event = unsafe rd_kafka_queue_poll(queue, deadline.remaining.milliseconds + 100) else {
                throw KafkaError(.timedOut, "no answer within \(timeout)")
            }
            defer { unsafe rd_kafka_event_destroy(event) }
            guard unsafe rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw unsafe KafkaError(event: event)
            }
            return try unsafe read(event)
        }
    }

    private func allow(_ timeout: Duration, _ options: OpaquePointer?) {
        _ = unsafe withErrorText { text, size in
            unsafe rd_kafka_AdminOptions_set_request_timeout(options, max(1, timeout.milliseconds), text, size)
        }
        // Refused for requests that have no such step.
        _ = unsafe withErrorText { text, size in
            unsafe rd_kafka_AdminOptions_set_operation_timeout(options, max(1, timeout.milliseconds), text, size)
        }
    }
}
