import Millrace
import MillraceMachines
import Testing

/// `dead_letter.expire`: who waits too long is given up, whoever is at fault.
@Suite struct ExpiryTests {
    private let a = StageID(0)
    private let first = RecordID(offset: 0)

    @Test func aSuspectExpiresWithoutBeingAsked() {
        var shard = TestShard(expire: 5000)
        let submission = shard.admit(1).submissions[0]
        shard.now = 100
        let suspected = shard.fail(submission, .rejected, message: "no")
        #expect(suspected.timers == [.suspect(a, first), .expiry(a, first)])
        #expect(shard.machine.wait(of: a, domains: shard.domains) == .suspectOutage)
        shard.now = 5099
        #expect(shard.feed(.timer(.expiry(a, first))).timers == [.expiry(a, first)], "a moment is left")
        shard.now = 5100
        let letters = shard.feed(.timer(.expiry(a, first))).letters
        #expect(letters.map(\.reason) == [.expired] && letters.map(\.message) == ["no"])
        _ = shard.feed(.deadLetter(letters[0].key, .written))
        #expect(shard.machine.checkpoint == Position(offset: 1))
        #expect(shard.machine.books(of: a).deadLettered == 1)
    }

    /// The breaker is open and nothing is asked; the time runs all the same.
    @Test func aRecordExpiresWhileTheSinkIsDown() {
        let domain = FaultDomain(failureThreshold: 1, recoveryTimeout: 60_000, unwitnessed: 0)
        var shard = TestShard(domain: domain, expire: 2000)
        let submission = shard.admit(1).submissions[0]
        let failed = shard.fail(submission, .transient)
        #expect(failed.timers.contains(.expiry(a, first)))
        _ = shard.feed(.timer(.retry(a, first)))
        #expect(shard.machine.wait(of: a, domains: shard.domains) == .breaker)
        shard.now = 2000
        #expect(shard.feed(.timer(.expiry(a, first))).letters.map(\.reason) == [.expired])
    }

    @Test func inFlightItsAnswerDecides() {
        for isDelivered in [true, false] {
            var shard = TestShard(expire: 2000)
            let submission = shard.admit(1).submissions[0]
            _ = shard.fail(submission, .rejected)
            let again = shard.feed(.timer(.suspect(a, first))).submissions[0]
            shard.now = 2000
            #expect(shard.feed(.timer(.expiry(a, first))).isEmpty)
            let ended = isDelivered ? shard.end(again) : shard.fail(again, .rejected)
            #expect(ended.letters.map(\.reason) == (isDelivered ? [] : [.expired]))
        }
    }

    /// A delivery of several records is never given up as a whole: when its time is over it is halved.
    @Test func severalAreHalvedFirst() {
        let patient = RetryPolicy(maxAttempts: 1000)
        var shard = TestShard(
            [StageSpec(name: "a", domain: 0, retry: patient)], domain: FaultDomain(failureThreshold: 9, unwitnessed: 0),
            expire: 2000)
        let submission = shard.admit(2).submissions[0]
        let failed = shard.fail(submission, .transient)
        #expect(failed.timers == [.retry(a, first)])
        shard.now = 2000
        let again = shard.feed(.timer(.retry(a, first))).submissions[0]
        let half = shard.fail(again, .transient).submissions[0]
        #expect(half.records.offsets == [0])
        let ended = shard.fail(half, .transient)
        #expect(ended.letters.map(\.reason) == [.expired] && ended.submissions.isEmpty)
        let rest = shard.feed(.deadLetter(ended.letters[0].key, .written)).submissions
        #expect(rest.map(\.records.offsets) == [[1]])
        #expect(shard.end(rest[0]).letters.isEmpty)
        #expect(shard.machine.books(of: a).delivered == 1 && shard.machine.books(of: a).deadLettered == 1)
    }

    @Test func theVerdictComesFirst() {
        var shard = TestShard(domain: FaultDomain(unwitnessed: 1), expire: 2000)
        let submission = shard.admit(1).submissions[0]
        shard.now = 9000
        #expect(shard.fail(submission, .rejected).letters.map(\.reason) == [.rejected])
    }

    /// What an operator had asked anew has its whole time again, and what a person holds is held.
    @Test func aPersonComesFirst() {
        var shard = TestShard(expire: 2000)
        let submission = shard.admit(1).submissions[0]
        _ = shard.fail(submission, .rejected)
        shard.now = 1900
        let again = shard.feed(.resolve(a, .retry)).submissions[0]
        _ = shard.fail(again, .rejected)
        shard.now = 2000
        #expect(shard.feed(.timer(.expiry(a, first))).letters.isEmpty)
        _ = shard.feed(.pause(a))
        shard.now = 9000
        #expect(shard.feed(.timer(.expiry(a, first))).letters.isEmpty)
        _ = shard.feed(.timer(.suspect(a, first)))
        let asked = shard.feed(.resume(a)).submissions[0]
        #expect(shard.fail(asked, .rejected).letters.map(\.reason) == [.expired])
    }

    @Test func withoutItNothingExpires() {
        var shard = TestShard()
        let submission = shard.admit(1).submissions[0]
        #expect(shard.fail(submission, .rejected).timers == [.suspect(a, first)])
        shard.now = 1 << 40
        #expect(shard.feed(.timer(.expiry(a, first))).letters.isEmpty)
    }
}
