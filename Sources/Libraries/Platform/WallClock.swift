import CPlatform
import Glibc

/// The time of day, for people and for other machines; it may jump.
public enum WallClock {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public static func now() -> Int64 { cp_clock(CLOCK_REALTIME) / 1_000_000 }
}
