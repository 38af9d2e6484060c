import Testing

@testable import MillraceEngine

@Suite struct HindranceTests {
    @Test func anOutageIsOneFromItsFirstFailureToItsFirstDelivery() {
        var hindrance = Hindrance(now: 1)
        func hear(_ reason: ShardWait, isTrying: Bool = false, now: Int64) -> ShardWait {
            hindrance.hear(reason, isTrying: { _ in isTrying }, now: now)
            return hindrance.waiting
        }
        #expect(hear(.retry(sink: 1), now: 10) == .retry(sink: 1))
        #expect(hear(.input, isTrying: true, now: 20) == .retry(sink: 1), "an attempt is under way")
        #expect(hear(.retry(sink: 1), now: 30) == .retry(sink: 1))
        #expect(hear(.breaker(sink: 1), now: 40) == .breaker(sink: 1))
        #expect(hear(.input, isTrying: true, now: 50) == .breaker(sink: 1))
        #expect(hindrance.since == 10)
        hindrance.delivered(by: 0, now: 60)
        #expect(hindrance.since == 10, "another sink")
        hindrance.delivered(by: 1, now: 60)
        #expect(hindrance.waiting == .input && hindrance.since == 60)
    }

    @Test func whatIsNoAttemptIsAnotherReason() {
        var hindrance = Hindrance(now: 1)
        func hear(_ reason: ShardWait, now: Int64) -> Int64 {
            hindrance.hear(reason, isTrying: { _ in false }, now: now)
            return hindrance.since
        }
        #expect(hear(.retry(sink: 0), now: 10) == 10)
        #expect(hear(.retry(sink: 1), now: 20) == 20, "another sink")
        #expect(hear(.deadLetters, now: 30) == 30)
        #expect(hear(.input, now: 40) == 40)
    }
}
