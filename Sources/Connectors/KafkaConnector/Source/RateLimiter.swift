import Platform

/// A limit of records a second over all shards: a bucket that fills with time. Thread safe; a lock a batch.
///
/// A batch is charged after it was read, so the bucket may go below zero: the next one waits until it has come up again.
public final class RateLimiter: Sendable {
    private struct Bucket {
        var level: Double
        var filledAt: Int64
    }

    private let rate: Double
    private let bucket: Locked<Bucket>

    /// At most `rate` records a second, in bursts of a tenth of that.
    public init(rate: Int, now: Int64) {
        self.rate = Double(max(1, rate))
        bucket = Locked(Bucket(level: 1, filledAt: now))
    }

    /// How many of `wanted` records may be read at `now`, monotonic milliseconds.
    public func allowance(_ wanted: Int, now: Int64) -> Int {
        let burst = max(1, rate / 10)
        let level = bucket.withLock { bucket in
            bucket.level = min(burst, bucket.level + Double(max(0, now - bucket.filledAt)) * rate / 1_000)
            bucket.filledAt = max(bucket.filledAt, now)
            return bucket.level
        }
        return level >= 1 ? min(wanted, Int(level)) : 0
    }

    /// `count` records were read.
    public func charge(_ count: Int) { bucket.withLock { $0.level -= Double(count) } }
}
