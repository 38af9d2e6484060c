import Platform

/// What reaches a lane from outside: a lock, a list and an eventfd. Thread safe.
///
/// Messages of one sender arrive in the order in which they were posted. The list is bounded by what a lane has given
/// out: at most one message for each delivery, letter and shard under way, and the news that lanes send each other.
final class Mailbox: Sendable {
    private let messages = Locked<[LaneMessage]>([])
    private let wakeUp: WakeUp

    init() throws(SystemError) { wakeUp = try WakeUp() }

    /// The eventfd that wakes the lane; librdkafka and sinks may write to it as well.
    var descriptor: Int32 { wakeUp.descriptor }

    /// Adds a message and wakes the lane when it was the first: a lane empties the list on every turn.
    func post(_ message: LaneMessage) {
        let isFirst = messages.withLock { list in
            list.append(message)
            return list.count == 1
        }
        if isFirst { wakeUp.signal() }
    }

    /// Wakes the lane without a message.
    func wake() { wakeUp.signal() }

    /// Takes all messages, leaving `empty`'s memory in their place. The wake-up is drained first, so that a message
    /// posted after the taking wakes the lane again.
    func take(_ empty: inout [LaneMessage]) {
        wakeUp.drain()
        messages.withLock { list in swap(&list, &empty) }
    }
}
