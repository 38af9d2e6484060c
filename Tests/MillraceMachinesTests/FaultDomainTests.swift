import Millrace
import MillraceMachines
import Testing

/// Several shards that share a fault domain.
@Suite struct FaultDomainTests {
    private let a = StageID(0)
    private let stages = [
        StageSpec(name: "a", mode: .pipelined(4), domain: 0, retry: RetryPolicy(maxAttempts: 1))
    ]

    /// Two shards and what they share.
    private struct Pair {
        var shards: [TestShard]

        init(_ stages: [StageSpec], _ domain: FaultDomain = FaultDomain(failureThreshold: 9, unwitnessed: 0)) {
            shards = [TestShard(stages, shard: 0, domain: domain), TestShard(stages, shard: 1, domain: domain)]
        }

        mutating func on(_ shard: Int, _ act: (inout TestShard) -> [ShardAction]) -> [ShardAction] {
            let actions = act(&shards[shard])
            shards[1 - shard].domains = shards[shard].domains
            return actions
        }
    }

    @Test func aWitnessOfAnotherShardWakesASuspect() throws {
        var pair = Pair(stages)
        let suspect = pair.on(0) { $0.admit(1) }.submissions[0]
        _ = pair.on(0) { $0.fail(suspect, .rejected) }
        #expect(pair.shards[0].machine.wait(of: a, domains: pair.shards[0].domains) == .suspectOutage)
        #expect(pair.shards[0].machine.waits(inDomain: 0) && !pair.shards[1].machine.waits(inDomain: 0))

        let witness = pair.on(1) { $0.admit(1) }.submissions[0]
        let news = try #require(pair.on(1) { $0.end(witness) }.news.first)
        let again = pair.on(0) { $0.feed(.breaker(domain: 0, news)) }.submissions
        #expect(again.map(\.records.offsets) == [[0]], "asked again before a verdict")
        let letters = pair.on(0) { $0.fail(again[0], .rejected) }.letters
        #expect(letters.map(\.reason) == [.rejected])
    }

    @Test func whatWasSubmittedBeforeTheFailureIsNoWitness() {
        var pair = Pair(stages)
        let early = pair.on(1) { $0.admit(1) }.submissions[0]
        let suspect = pair.on(0) { $0.admit(1) }.submissions[0]
        _ = pair.on(0) { $0.fail(suspect, .rejected) }
        let news = pair.on(1) { $0.end(early) }.news
        #expect(news.isEmpty, "no shard had to tell the other of the failure")
    }

    /// The news was sent before the failure was heard, and arrives after it.
    @Test func lateNewsIsNoWitness() throws {
        var pair = Pair(stages)
        let early = pair.on(1) { $0.admit(1) }.submissions[0]
        let suspect = pair.on(0) { $0.admit(1) }.submissions[0]
        let news = try #require(pair.on(1) { $0.end(early) }.news.first)
        _ = pair.on(0) { $0.fail(suspect, .rejected) }
        let again = pair.on(0) { $0.feed(.breaker(domain: 0, news)) }
        #expect(again.submissions.isEmpty)
        #expect(pair.shards[0].machine.wait(of: a, domains: pair.shards[0].domains) == .suspectOutage)
    }

    @Test func theRowIsOfTheDomain() {
        var pair = Pair(stages, FaultDomain(failureThreshold: 9, unwitnessed: 1))
        let first = pair.on(0) { $0.admit(1) }.submissions[0]
        let second = pair.on(1) { $0.admit(1) }.submissions[0]
        let condemned = pair.on(0) { $0.fail(first, .rejected) }
        let suspected = pair.on(1) { $0.fail(second, .rejected) }
        #expect(condemned.letters.count == 1 && suspected.letters.isEmpty)
        #expect(pair.shards[1].domains[0].verdict.row == 1)
    }

    /// The shard whose probe told nothing may have nothing more to send: then another one must hear that it may probe.
    @Test func thePermitOfAProbeThatToldNothingIsNews() throws {
        var pair = Pair([StageSpec(name: "a", domain: 0)], FaultDomain(failureThreshold: 2))
        let first = pair.on(0) { $0.admit(1) }.submissions[0]
        let second = pair.on(1) { $0.admit(1) }.submissions[0]
        _ = pair.on(0) { $0.fail(first, .transient) }
        _ = pair.on(1) { $0.fail(second, .transient) }
        for shard in 0...1 {
            _ = pair.on(shard) { $0.feed(.timer(.retry(a, RecordID(offset: 0)))) }
        }
        let probe = try #require(pair.on(0) { $0.feed(.timer(.breaker(domain: 0))) }.submissions.first)
        let waiting = pair.on(1) { $0.feed(.breaker(domain: 0, .halfOpen)) }
        #expect(probe.isProbe && waiting.submissions.isEmpty)

        let told = pair.on(0) { $0.feed(.accepted(a, delivery: probe.delivery)) }.news
        #expect(told == [.halfOpen])
        let next = pair.on(1) { $0.feed(.breaker(domain: 0, .halfOpen)) }.submissions
        #expect(next.map(\.isProbe) == [true])
    }

    @Test func thePermitComesBackFromAShardThatGoes() {
        var pair = Pair([StageSpec(name: "a", domain: 0)], FaultDomain(failureThreshold: 2))
        for shard in 0...1 {
            let submission = pair.on(shard) { $0.admit(1) }.submissions[0]
            _ = pair.on(shard) { $0.fail(submission, .transient) }
        }
        for shard in 0...1 {
            let retried = pair.on(shard) { $0.feed(.timer(.retry(a, RecordID(offset: 0)))) }
            #expect(retried.submissions.isEmpty, "the breaker is open")
        }
        #expect(pair.shards[0].domains[0].breaker.state == .open)
        let probe = pair.on(0) { $0.feed(.timer(.breaker(domain: 0))) }
        #expect(probe.news == [.halfOpen] && probe.submissions.map(\.isProbe) == [true])
        let early = pair.on(1) { $0.feed(.breaker(domain: 0, .halfOpen)) }
        #expect(early.submissions.isEmpty, "one at a time")
        _ = pair.on(0) { $0.feed(.revoked(deadline: 10)) }
        let closed = pair.on(0) { $0.feed(.timer(.deadline)) }
        #expect(closed.isClosed && closed.news == [.halfOpen])
        let next = pair.on(1) { $0.feed(.breaker(domain: 0, .halfOpen)) }
        #expect(next.submissions.map(\.isProbe) == [true])
    }
}
