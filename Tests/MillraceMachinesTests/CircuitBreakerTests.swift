import Millrace
import Testing

@testable import MillraceMachines

@Suite struct CircuitBreakerTests {
    private func root(_ offset: Int64, shard: Int = 0) -> CircuitBreaker.Root {
        CircuitBreaker.Root(shard: shard, stage: StageID(0), first: RecordID(offset: offset))
    }

    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker(failureThreshold: 1)
        _ = breaker.fail(root(0), isProbe: false)
        return breaker
    }

    @Test func opensAfterDistinctDeliveriesInARow() {
        var breaker = CircuitBreaker(failureThreshold: 3)
        // A delivery, the same again, a piece of a split, the same records of another shard, another delivery.
        let opens = [root(0), root(0), nil, root(0, shard: 1), root(1)].map { breaker.fail($0, isProbe: false) }
        #expect(opens == [false, false, false, false, true])
        let isAdmitted = breaker.admit(0)
        #expect(breaker.state == .open && !isAdmitted)
        let opensAgain = breaker.fail(root(2), isProbe: false)
        #expect(!opensAgain)
    }

    @Test func successBreaksTheRow() {
        var breaker = CircuitBreaker(failureThreshold: 2)
        let opens = breaker.fail(root(0), isProbe: false)
        let closes = breaker.succeed()
        let opensLater = breaker.fail(root(1), isProbe: false)
        #expect(!opens && !closes && !opensLater)
        #expect(breaker.state == .closed)
    }

    @Test func oneDeliveryProbes() {
        var breaker = opened()
        let recovers = [breaker.recover(), breaker.recover()]
        #expect(recovers == [true, false])
        let admitted = [1, 2, 1].map { breaker.admit($0) }
        #expect(admitted == [true, false, false])
        let isOpenedByOthers = breaker.fail(root(5), isProbe: false)
        #expect(!isOpenedByOthers, "sent before it opened")
        breaker.giveBack(2)
        let isAdmitted = breaker.admit(2)
        #expect(!isAdmitted, "the permit is not its to give")
        breaker.giveBack(1)
        let isAdmittedNow = breaker.admit(2)
        #expect(isAdmittedNow)
        let opens = breaker.fail(nil, isProbe: true)
        #expect(opens && breaker.state == .open, "also a piece of a split, when it probes")
    }

    @Test func successCloses() {
        var breaker = opened()
        let isProbed = breaker.recover() && breaker.admit(1)
        let closes = breaker.succeed()
        #expect(isProbed && closes && breaker.state == .closed)
        let admitted = [1, 2].map { breaker.admit($0) }
        #expect(admitted == [true, true])
        let recovers = breaker.recover()
        #expect(!recovers, "a late timer")
    }
}
