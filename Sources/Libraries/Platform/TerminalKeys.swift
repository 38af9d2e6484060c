/// Reads keys from a terminal, without ever waiting longer than it is told.
///
/// Owned by one thread; another may ring its bell.
public struct TerminalKeys: ~Copyable {
    /// What a wait brought.
    public enum News: Sendable, Hashable {
        /// Keys, in the order they were pressed; none when the time was over or the bell rang.
        case keys([TerminalKey])
        /// The terminal has gone, or its input has ended.
        case gone
    }

    private let stream: StandardStream
    private let bell: WakeUp
    private var poller: Poller

    /// Keys of `stream`. Who rings `bell` ends a wait.
    public init(_ stream: StandardStream = .input, bell: WakeUp) {
        self.stream = stream
        self.bell = bell
        poller = Poller([stream.descriptor, bell.descriptor])
    }

    /// Waits for keys, the bell, or the deadline: a time of ``MonotonicClock``, in nanoseconds.
    public mutating func wait(until deadline: Int64) -> News {
        do throws(SystemError) {
            try poller.wait(until: deadline)
            if poller.isReady(1) { bell.drain() }
            guard poller.isReady(0) else { return .keys([]) }
            let bytes = try stream.read(upTo: 256)
            return bytes.isEmpty ? .gone : .keys(TerminalKey.keys(in: bytes))
        } catch {
            // A terminal that hangs up answers with an input error.
            return .gone
        }
    }
}
