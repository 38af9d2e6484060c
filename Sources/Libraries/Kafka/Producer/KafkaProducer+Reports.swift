import CRdkafka

extension KafkaProducer {
    /// Appends what has happened to `reports` and `events`, in order; waits at most `timeout` for the first of it.
    ///
    /// Stops when nothing more is there, or once `limit` reports were appended (librdkafka's groups are not cut, so it may
    /// be a few more). Answers how many reports came. Keep the arrays and empty them with `keepingCapacity`.
    @discardableResult
    public func poll(
        _ reports: inout [DeliveryReport], _ events: inout [ClientEvent], limit: Int = .max,
        timeout: Duration = .zero
    ) -> Int {
        unsafe client.ifOpen { _ in
            let before = reports.count
            var wait = timeout.milliseconds
            // The queue lives while the client lets us in.
            while reports.count - before < limit, let event = unsafe rd_kafka_queue_poll(queue, wait) {
                defer { unsafe rd_kafka_event_destroy(event) }
                wait = 0
                if unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR {
                    while let message = unsafe rd_kafka_event_message_next(event) {
                        unsafe reports.append(DeliveryReport(message))
                    }
                } else if let other = unsafe ClientEvent(event) {
                    events.append(other)
                }
            }
            return reports.count - before
        } ?? 0
    }

    /// As ``PartitionQueue/wake(_:)``, for reports and events.
    public func wake(_ fileDescriptor: Int32) {
        var one: UInt64 = 1
        unsafe client.ifOpen { _ in unsafe rd_kafka_queue_io_event_enable(queue, fileDescriptor, &one, 8) }
    }

    /// Sends everything at once, whatever `linger.ms` says, and polls until every record has its report. **Blocks**, at
    /// most for `timeout`. True when nothing is left without a report.
    public func flush(
        _ reports: inout [DeliveryReport], _ events: inout [ClientEvent], timeout: Duration
    ) -> Bool {
        let deadline = Deadline(after: timeout)
        repeat {
            // The call counts reports that are not polled yet as left, so it gets slices, and we poll between them.
            let left = unsafe client.ifOpen { unsafe rd_kafka_flush($0, min(deadline.remaining.milliseconds, 5)) }
            poll(&reports, &events)
            if left == nil { return false }
            if outstanding == 0 { return true }
        } while !deadline.isPast
        return outstanding == 0
    }

    /// Takes back what was never sent: reports with `purgedFromQueue` follow. Does not wait.
    ///
    /// Not for a fatal producer: librdkafka does that itself then.
    public func purgeQueued() { purge(RD_KAFKA_PURGE_F_QUEUE) }

    /// Gives up the requests on the wire: reports with `purgedInFlight` follow, but their records may still land.
    ///
    /// Only where a deadline leaves no choice, counted as possible duplicates. Does not wait.
    public func purgeInFlight() { purge(RD_KAFKA_PURGE_F_INFLIGHT) }

    private func purge(_ what: Int32) {
        _ = unsafe client.ifOpen { unsafe rd_kafka_purge($0, what | RD_KAFKA_PURGE_F_NON_BLOCKING) }
    }
}
