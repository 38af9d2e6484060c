import CPlatform
import Glibc

/// A thread of the operating system that runs one closure.
///
/// It starts with every signal blocked that does not tell of a fault of its own, so that ``Signals/wait(for:timeout:)``
/// is the only place where a signal arrives. A thread that nobody joins runs on; its resources are freed when it ends.
@safe
public final class Thread: Sendable {
    private struct State {
        var isRunning = true
        /// Whether somebody has taken on to join; after that the system's name of the thread is not ours to use.
        var isClaimed = false
    }

    /// Carries the closure to the new thread, which alone holds it from then on.
    private final class Start {
        let name: String
        var body: (() -> Void)?
        let state: Locked<State>
        let ended: Condition

        init(name: String, body: @escaping () -> Void, state: Locked<State>, ended: Condition) {
            self.name = name
            self.body = body
            self.state = state
            self.ended = ended
        }
    }

    /// The name that was given; the system shows its first 15 bytes.
    public let name: String
    // Only a number to us: `state.isClaimed` sees to it that it is used for one join or detach.
    private let thread: UInt
    private let state: Locked<State>
    private let ended: Condition

    /// Starts a thread that runs `body`.
    /// - Parameters:
    ///   - name: What `top -H` and debuggers show (cut at 15 bytes).
    ///   - stackSize: In bytes; 0 takes the system's default (8 MiB of address space, touched pages only).
    ///   - body: What runs; it moves to the new thread.
    /// - Throws: A ``SystemError`` when the system gives no thread.
    public init(name: String, stackSize: Int = 0, _ body: sending @escaping () -> Void) throws(SystemError) {
        let state = Locked(State())
        let ended = Condition()
        var thread = pthread_t()
        // One reference goes to the new thread, which takes it over at its first line; if none starts, it is taken back.
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body, state: state, ended: ended))
        let code = unsafe cp_thread_start(&thread, stackSize, Self.run, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            throw SystemError(code, "start a thread", name)
        }
        self.name = name
        self.thread = thread
        self.state = state
        self.ended = ended
    }

    deinit {
        if claim() { pthread_detach(thread) }
    }

    /// Whether the closure has not returned yet.
    public var isRunning: Bool { state.withLock { $0.isRunning } }

    /// Waits until the closure has returned. May be called by several threads, and again.
    public func join() {
        join(until: nil)
    }

    /// Waits until the closure has returned or the deadline has passed.
    /// - Parameter deadline: A time of ``MonotonicClock``, in nanoseconds; `nil` waits without limit.
    /// - Returns: Whether the closure has returned.
    @discardableResult
    public func join(until deadline: Int64?) -> Bool {
        let hasEnded: Void? = state.wait(on: ended, until: deadline) { $0.isRunning ? nil : () }
        guard hasEnded != nil else { return false }
        // The closure has returned, so what is left of the thread ends in a moment.
        if claim() { pthread_join(thread, nil) }
        return true
    }

    /// Whether the caller is the one that gives the system's thread back.
    private func claim() -> Bool {
        state.withLock { state in
            defer { state.isClaimed = true }
            return !state.isClaimed
        }
    }

    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        // `init` retained the object for this thread and passes it exactly once.
        guard let context = unsafe context else { return nil }
        let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        unsafe cp_thread_name(start.name)
        start.body?()
        // What the closure holds goes before the thread counts as ended, so that who joined may rely on it.
        start.body = nil
        start.state.withLock { $0.isRunning = false }
        start.ended.broadcast()
        return nil
    }
}
