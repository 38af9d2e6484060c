import MillraceMachines
import Testing

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(maxAttempts: 4, baseDelay: 100, maxDelay: 700, maxAge: 5000)

    @Test func doublesUpToTheMost() {
        #expect((1...6).map { policy.delay(afterFailures: $0, jitter: 1) } == [100, 200, 400, 700, 700, 700])
        #expect(policy.delay(afterFailures: 3, jitter: 0) == 0)
        #expect(policy.delay(afterFailures: 3, jitter: 0.25) == 100)
    }

    @Test func neverOverflows() {
        let huge = RetryPolicy(baseDelay: 3, maxDelay: .max / 2)
        #expect((60...200).allSatisfy { huge.delay(afterFailures: $0, jitter: 0.5) > 0 })
        #expect(policy.delay(afterFailures: .max, jitter: 1) == 700)
        #expect(RetryPolicy(baseDelay: 0).delay(afterFailures: 9, jitter: 1) == 0)
    }

    @Test func isSpentByAttemptsOrAge() {
        #expect(!policy.isSpent(attempts: 3, age: 4999))
        #expect(policy.isSpent(attempts: 4, age: 0))
        #expect(policy.isSpent(attempts: 1, age: 5000))
        #expect(!RetryPolicy(maxAttempts: 4).isSpent(attempts: 3, age: .max))
    }
}
