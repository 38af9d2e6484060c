import CPlatform
import Glibc

/// A mutual exclusion lock over a POSIX mutex: the one lock of Millrace.
///
/// Not recursive, not fair. The thread sanitizer sees it (it does not see the lock of `Synchronization`). Taking it when it
/// is free costs some 20 ns; it is meant to be taken per batch, never per record.
@safe
public final class Lock: @unchecked Sendable {
    // Allocated in `init`, freed in `deinit`, and nobody outside this module gets to see it: so it is valid as long as
    // the object, and stays at one address as the mutex demands.
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// A lock that nobody holds.
    public init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        let code = unsafe pthread_mutex_init(mutex, nil)
        precondition(code == 0, "pthread_mutex_init with default attributes cannot fail on Linux")
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` while no other thread holds the lock, and answers or throws what it does.
    ///
    /// Waits for the lock without limit. `body` must not take the same lock again: that would wait for ever.
    @inlinable
    public func withLock<Answer: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body()
    }
}
