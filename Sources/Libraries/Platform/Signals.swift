import CPlatform
import Glibc

/// A signal of the operating system.
public struct Signal: Sendable, Hashable {
    /// The system's number.
    public let number: Int32

    /// The signal of that number.
    public init(number: Int32) {
        self.number = number
    }

    /// Asks the process to end in good order.
    public static let terminate = Signal(number: SIGTERM)
    /// The same, from the keyboard.
    public static let interrupt = Signal(number: SIGINT)
    /// The terminal has gone, or somebody asks to read the configuration again.
    public static let hangUp = Signal(number: SIGHUP)
    /// Free for the program.
    public static let user1 = Signal(number: SIGUSR1)
    /// Free for the program.
    public static let user2 = Signal(number: SIGUSR2)
    /// The terminal has a new size.
    public static let windowSize = Signal(number: SIGWINCH)
}

extension Signal: CustomStringConvertible {
    /// The name as manuals have it: `SIGTERM`.
    public var description: String {
        switch self {
        case .terminate: "SIGTERM"
        case .interrupt: "SIGINT"
        case .hangUp: "SIGHUP"
        case .user1: "SIGUSR1"
        case .user2: "SIGUSR2"
        case .windowSize: "SIGWINCH"
        default: "signal \(number)"
        }
    }
}

/// Signals as events that one thread waits for; there are no handlers.
public enum Signals {
    /// Keeps `signals` from ending the process, so that ``wait(for:timeout:)`` gets them, and has writes to a pipe without
    /// reader fail instead of killing the process.
    ///
    /// To be called by the first thread before others start: threads inherit what is blocked.
    public static func block(_ signals: [Signal]) throws(SystemError) {
        try SystemError.check(cp_signal_ignore(SIGPIPE), "ignore SIGPIPE")
        let numbers = signals.map(\.number)
        try SystemError.check(unsafe cp_signals_block(numbers, numbers.count), "block signals")
    }

    /// Waits for one of `signals`, which must be blocked. One that came before is answered at once.
    /// - Parameter timeout: In nanoseconds; `nil` waits without limit.
    /// - Returns: The signal, or `nil` when the time was over first.
    public static func wait(for signals: [Signal], timeout: Int64? = nil) throws(SystemError) -> Signal? {
        let numbers = signals.map(\.number)
        let limit = timeout.map { max($0, 0) } ?? -1
        let got = try SystemError.check(unsafe cp_signals_wait(numbers, numbers.count, limit), "wait for signals")
        return got == 0 ? nil : Signal(number: got)
    }
}
