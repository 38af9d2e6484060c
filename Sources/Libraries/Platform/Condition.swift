import CPlatform
import Glibc

/// A place where threads wait for news about what a ``Lock`` guards.
///
/// Deadlines are times of ``MonotonicClock``, so a step of the wall clock disturbs nobody.
@safe
public final class Condition: @unchecked Sendable {
    // Allocated in `init`, freed in `deinit`, never handed out: valid as long as the object.
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// A condition that nobody waits for.
    public init() {
        unsafe condition = .allocate(capacity: 1)
        unsafe condition.initialize(to: pthread_cond_t())
        let code = unsafe cp_condition_init(condition)
        precondition(code == 0, "pthread_cond_init on the monotonic clock cannot fail on Linux")
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
    }

    /// Gives `lock` up, waits for news, and takes it again. The caller must hold `lock`, and look again at what it waits
    /// for: a wait may end without news.
    /// - Parameter deadline: A time of ``MonotonicClock``, in nanoseconds; `nil` waits without limit.
    /// - Returns: `false` when the deadline has passed.
    @discardableResult
    public func wait(_ lock: Lock, until deadline: Int64? = nil) -> Bool {
        guard let deadline else { return unsafe pthread_cond_wait(condition, lock.mutex) == 0 }
        return unsafe cp_condition_wait_until(condition, lock.mutex, deadline) != ETIMEDOUT
    }

    /// Wakes one waiting thread, if there is one.
    public func signal() {
        unsafe pthread_cond_signal(condition)
    }

    /// Wakes all waiting threads.
    public func broadcast() {
        unsafe pthread_cond_broadcast(condition)
    }
}
