/// How long to wait after a failure, and when to give up waiting.
public struct RetryPolicy: Hashable, Sendable {
    /// Failed attempts after which the limit is reached.
    public var maxAttempts: Int
    /// The longest wait after the first failure; it doubles with every further one.
    public var baseDelay: Milliseconds
    /// What no wait exceeds.
    public var maxDelay: Milliseconds
    /// The time since the first failure after which the limit is reached; `nil`: never.
    public var maxAge: Milliseconds?

    /// A policy; the defaults are those of the configuration.
    public init(
        maxAttempts: Int = 8, baseDelay: Milliseconds = 100, maxDelay: Milliseconds = 30_000,
        maxAge: Milliseconds? = nil
    ) {
        self.maxAttempts = maxAttempts
        self.baseDelay = baseDelay
        self.maxDelay = maxDelay
        self.maxAge = maxAge
    }

    /// The wait after the `failures`th failure (from 1): exponential, bounded, and with full jitter, so that shards which
    /// failed together do not come back together. `jitter` is in 0...1.
    public func delay(afterFailures failures: Int, jitter: Double) -> Milliseconds {
        let doublings = min(max(failures - 1, 0), Milliseconds.bitWidth - 1)
        let bound = baseDelay > maxDelay >> doublings ? maxDelay : baseDelay << doublings
        return Milliseconds(Double(bound) * jitter)
    }

    /// Whether `attempts` failures, the first of them `age` ago, reach a limit.
    public func isSpent(attempts: Int, age: Milliseconds) -> Bool {
        if attempts >= maxAttempts { return true }
        return maxAge.map { age >= $0 } ?? false
    }
}
