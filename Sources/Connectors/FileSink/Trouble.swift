/// A call of the system that keeps failing: when to try again, and when to say so again.
struct Trouble: Sendable, Equatable {
    /// The longest pause between two tries: a disk that is well again is noticed within it.
    static let longestPause: Int64 = 1_000
    /// The pauses between two lines of the log begin with this one and double.
    static let firstSilence: Int64 = 10_000
    static let longestSilence: Int64 = 600_000

    /// What fails.
    private(set) var step: FileState.Step.Kind
    /// Since when, monotonic milliseconds.
    let since: Int64
    /// How often it failed.
    private(set) var count = 0
    /// When it may be tried again.
    private(set) var retryAt: Int64 = 0
    private var nextNote: Int64 = 0
    private var silence = Trouble.firstSilence

    init(step: FileState.Step.Kind, now: Int64) {
        self.step = step
        since = now
        nextNote = now
    }

    /// Another step fails instead, while the first has not worked again.
    init(step: FileState.Step.Kind, after other: Trouble) {
        self = other
        self.step = step
    }

    /// It failed once more. Answers whether that is worth a line.
    mutating func fail(now: Int64) -> Bool {
        count += 1
        retryAt = now + min(Self.longestPause, 50 << Int64(min(count, 6)))
        guard now >= nextNote else { return false }
        nextNote = now + silence
        silence = min(silence * 2, Self.longestSilence)
        return true
    }
}
