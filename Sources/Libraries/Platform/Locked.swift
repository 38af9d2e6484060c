import Glibc

/// A value that only one thread at a time can reach, guarded by a ``Lock``.
public final class Locked<Value: ~Copyable>: @unchecked Sendable {
    @usableFromInline let lock = Lock()
    // Touched only while `lock` is held.
    @usableFromInline var value: Value

    /// Takes `value` over.
    public init(_ value: consuming sending Value) {
        self.value = value
    }

    /// Runs `body` on the value while no other thread has it.
    ///
    /// `body` must not reach for the same `Locked` again: that would wait for ever.
    @inlinable
    public func withLock<Answer: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Answer
    ) throws(Failure) -> sending Answer {
        unsafe pthread_mutex_lock(lock.mutex)
        defer { unsafe pthread_mutex_unlock(lock.mutex) }
        return try body(&value)
    }

    /// Waits until `body` answers something, and answers that; `nil` when the deadline passes first.
    ///
    /// `body` sees the value under the lock at once, again each time `condition` is signalled, and a last time behind the
    /// deadline. Between the looks the lock is free, so other threads can change the value; they signal `condition` after.
    /// - Parameter deadline: A time of ``MonotonicClock``, in nanoseconds; `nil` waits without limit.
    public func wait<Answer>(
        on condition: Condition, until deadline: Int64? = nil, _ body: (inout Value) -> sending Answer?
    ) -> sending Answer? {
        unsafe pthread_mutex_lock(lock.mutex)
        defer { unsafe pthread_mutex_unlock(lock.mutex) }
        // The value is looked at anew in each round, never held across the wait: others change it meanwhile.
        while true {
            if let answer = body(&value) { return answer }
            guard condition.wait(lock, until: deadline) else { return body(&value) }
        }
    }
}
