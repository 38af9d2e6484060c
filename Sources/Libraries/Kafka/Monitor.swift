import Glibc

/// A mutex with a condition. The thread sanitizer follows pthread's locks but not the standard library's own.
///
/// It does not own what it guards: whoever holds one says in a comment which of its properties are meant.
@safe final class Monitor: @unchecked Sendable {
    // Both live at one address from `init` to `deinit`, as pthread demands.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the lock held. Not recursive.
    func withLock<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Gives the lock up, sleeps until `wake` or the deadline (nil: none), takes the lock again. May wake for nothing.
    ///
    /// Only within `withLock`. Answers false when the deadline has passed.
    func wait(until deadline: Deadline?) -> Bool {
        guard let deadline else {
            unsafe pthread_cond_wait(condition, mutex)
            return true
        }
        var time = deadline.time
        return unsafe pthread_cond_timedwait(condition, mutex, &time) == 0
    }

    /// Wakes everyone who waits.
    func wake() {
        unsafe pthread_cond_broadcast(condition)
    }
}
