import CPlatform
import Glibc

/// Time that only goes forward, for deadlines and durations; its zero means nothing.
public enum MonotonicClock {
    /// Now, in nanoseconds.
    public static func now() -> Int64 { cp_clock(CLOCK_MONOTONIC) }

    /// Now, in milliseconds.
    public static func milliseconds() -> Int64 { now() / 1_000_000 }
}
