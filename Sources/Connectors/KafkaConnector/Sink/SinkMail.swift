import Platform

/// Where the keeper puts what it has done for a lane: and wakes it.
final class SinkMail: Sendable {
    private let wakeDescriptor: Int32
    private let connections = Locked<[SinkConnection]>([])

    init(wakeDescriptor: Int32) { self.wakeDescriptor = wakeDescriptor }

    /// Puts a new connection in.
    func post(_ connection: SinkConnection) {
        connections.withLock { $0.append(connection) }
        wake()
    }

    /// Wakes the lane, which then polls.
    func wake() { WakeUp.signal(wakeDescriptor) }

    /// Takes what is there.
    func take() -> [SinkConnection] {
        connections.withLock { connections in
            defer { connections.removeAll() }
            return connections
        }
    }
}
