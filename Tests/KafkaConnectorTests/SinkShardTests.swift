import Millrace
import Testing

@testable import KafkaConnector

/// Compares; `#expect` itself cannot look at the answer of a mutating call.
func expect<Value: Equatable>(
    _ found: Value, _ wanted: Value, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found == wanted, comment, sourceLocation: sourceLocation)
}

/// What a shard may send after a failure.
@Suite struct SinkShardTests {
    private func id(_ offset: Int64) -> RecordID { RecordID(offset: offset) }

    private func shard(inFlight deliveries: [Int64] = []) -> SinkShard {
        var shard = SinkShard(ShardID(topic: "in", partition: 0), epoch: 1)
        for last in deliveries {
            expect(shard.admit(first: id(last - 9), heard: 0), .take)
            shard.took(through: id(last), outlet: 7)
        }
        return shard
    }

    @Test func aFailureThatWasToldIsToBeHeardFirst() {
        var shard = shard(inFlight: [9, 19])
        shard.fails()
        shard.ended(hasFailures: true, hasVerdict: true, care: nil)
        expect(shard.admit(first: id(20), heard: 0), .untried)
        expect(shard.admit(first: id(5), heard: 1), .take)
        // Of a later one it does not know either.
        shard.took(through: id(9), outlet: 7)
        shard.fails()
        shard.ended(hasFailures: true, hasVerdict: true, care: nil)
        expect(shard.admit(first: id(5), heard: 1), .untried)
        expect(shard.admit(first: id(5), heard: 2), .take)
    }

    @Test func aFailureThatIsKnownHoldsTheShardUntilItIsTold() {
        var shard = shard(inFlight: [9, 19])
        shard.fails()
        expect(shard.admit(first: id(20), heard: 0), .full)
        #expect(shard.want == .answers)
        shard.ended(hasFailures: true, hasVerdict: true, care: nil)
        #expect(shard.failing == 0)
        shard.roomTold()
        #expect(shard.want == nil)
        expect(shard.admit(first: id(5), heard: 1), .take)
    }

    @Test func whatIsNewBehindUntriedRecordsWaitsOnce() {
        var shard = shard(inFlight: [9, 19])
        for _ in 0..<2 { shard.fails() }
        shard.ended(hasFailures: true, hasVerdict: false, care: nil)
        shard.ended(hasFailures: true, hasVerdict: false, care: nil)
        // New: submitted in ignorance.
        expect(shard.admit(first: id(20), heard: 0), .full)
        // `room` comes behind the answers: from then on it knows, even if all of that was given up.
        shard.roomTold()
        expect(shard.admit(first: id(20), heard: 0), .take)
    }

    @Test func whoSendsAgainHasHeard() {
        var shard = shard(inFlight: [9, 19])
        for _ in 0..<2 { shard.fails() }
        shard.ended(hasFailures: true, hasVerdict: false, care: nil)
        shard.ended(hasFailures: true, hasVerdict: false, care: nil)
        expect(shard.admit(first: id(0), heard: 0), .take)
        shard.took(through: id(9), outlet: 8)
        expect(shard.admit(first: id(20), heard: 0), .take)
    }

    @Test func aShardStaysWithItsProducerWhileThatHasRecordsOfIt() {
        var shard = shard(inFlight: [9, 19])
        #expect(shard.mayUse(outlet: 7))
        #expect(!shard.mayUse(outlet: 8))
        shard.ended(hasFailures: false, hasVerdict: false, care: nil)
        #expect(!shard.mayUse(outlet: 8))
        shard.ended(hasFailures: false, hasVerdict: false, care: nil)
        #expect(shard.mayUse(outlet: 8))
    }

    @Test func whatStoodInARefusedRequestGoesCarefully() {
        var shard = shard(inFlight: [9, 19, 29])
        #expect(!shard.needsCare(first: id(0)))
        for _ in 0..<3 { shard.fails() }
        shard.ended(hasFailures: true, hasVerdict: false, care: id(4))
        shard.ended(hasFailures: true, hasVerdict: false, care: id(15))
        shard.ended(hasFailures: true, hasVerdict: false, care: nil)
        #expect(shard.needsCare(first: id(0)))
        #expect(shard.needsCare(first: id(15)))
        #expect(!shard.needsCare(first: id(16)))
    }
}
