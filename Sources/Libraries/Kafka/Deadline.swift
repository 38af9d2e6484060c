import Glibc

/// A moment of the monotonic clock until which something may take.
struct Deadline: Sendable {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    private let nanoseconds: Int64

    /// The moment `timeout` from now; a negative timeout is none at all.
    init(after timeout: Duration) {
        nanoseconds = Deadline.now() + max(0, timeout.wholeNanoseconds)
    }

    /// What is left, nothing when the moment has passed.
    var remaining: Duration { .nanoseconds(max(0, nanoseconds - Deadline.now())) }

    /// True once nothing is left.
    var isPast: Bool { nanoseconds <= Deadline.now() }

    /// As pthread's timed waits want it.
    var time: timespec {
        timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }

    private static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole milliseconds for librdkafka, rounded up so that a short wait does not become a busy loop.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return .max }
        guard seconds >= 0 else { return 0 }
        return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// Whole nanoseconds, at most a century.
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(seconds, 3_153_600_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
