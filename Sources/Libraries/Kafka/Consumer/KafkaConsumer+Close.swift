import CRdkafka

/// How a close went.
public enum CloseResult: Sendable, Hashable {
    /// The group has been told and everything is freed.
    case closed
    /// Not by the deadline. A thread of its own goes on freeing; the process may end without waiting for it.
    case timedOut
}

extension KafkaConsumer {
    /// Leaves the group and frees everything, at most within `timeout`; control thread only.
    ///
    /// Commit first: a revoke that comes now is answered at once. Close the ``PartitionQueue``s and free the
    /// ``MessageBatch``es before, or it times out. Events that come meanwhile go to `onEvent`. A second call answers
    /// what became of the first.
    public func close(timeout: Duration, onEvent: (ConsumerEvent) -> Void = { _ in }) -> CloseResult {
        let deadline = Deadline(after: timeout)
        let willAnswer = beginClose()
        while willAnswer, !isClosed, !deadline.isPast {
            guard let event = poll(timeout: min(deadline.remaining, .milliseconds(100))) else { continue }
            if event.wantsUnassign { try? unassign() }
            onEvent(event)
        }
        // The client frees the queues before itself, once no call is inside.
        return client.destroy(within: deadline.remaining) ? .closed : .timedOut
    }

    /// True when the group has been told, or when there is no client any more.
    private var isClosed: Bool { unsafe client.ifOpen { unsafe rd_kafka_consumer_closed($0) != 0 } ?? true }

    /// Asks the client to leave the group; false where it will not say when it has.
    private func beginClose() -> Bool {
        unsafe client.ifOpen { handle in
            guard unsafe closeQueue == nil else { return true }
            guard let queue = unsafe rd_kafka_queue_new(handle) else { return false }
            // From here on the main queue's events come by this one.
            if let error = unsafe rd_kafka_consumer_close_queue(handle, queue) {
                // A consumer that died of a fatal error has nobody to tell: `destroy` is all that is left.
                unsafe rd_kafka_error_destroy(error)
                unsafe rd_kafka_queue_destroy(queue)
                return false
            }
            unsafe closeQueue = queue
            _ = client.register { unsafe rd_kafka_queue_destroy(queue) }
            return true
        } ?? false
    }
}

extension ConsumerEvent {
    /// True for what `unassign` is the answer to.
    fileprivate var wantsUnassign: Bool {
        switch self {
        case .revoke, .rebalanceFailed: true
        default: false
        }
    }
}
