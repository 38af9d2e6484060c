import Kafka
import Millrace
import Testing

@testable import KafkaConnector

@Suite struct TopicDoubtsTests {
    private func committed(_ topic: String, _ partition: Int32, _ offset: Int64?) -> TopicPartition {
        TopicPartition(topic, partition, offset: offset ?? KafkaOffset.invalid)
    }

    private func acknowledgement(_ topic: String) -> Acknowledgement {
        Acknowledgement(shard: ShardID(topic: topic, partition: 0), epoch: 1, checkpoint: 5, metadata: "")
    }

    @Test func whatTheGroupHasForgottenIsAnotherLog() {
        var doubts = TopicDoubts()
        doubts.doubt("a")
        doubts.doubt("b")
        let anew = doubts.settle([
            committed("a", 0, 7), committed("a", 1, nil), committed("b", 0, 0), committed("c", 0, nil),
        ])
        #expect(anew == ["a"])
        // Until it is assigned anew: what was read of the old log is no checkpoint of this one.
        #expect(doubts.topics == ["a"])
        doubts.forget(["a"])
        #expect(doubts.topics.isEmpty)
    }

    @Test func nothingOfATopicInDoubtIsCommitted() {
        var doubts = TopicDoubts()
        doubts.doubt("a")
        #expect(doubts.sure([acknowledgement("a"), acknowledgement("b")]).map(\.shard.topic) == ["b"])
        #expect(doubts.settle([committed("a", 0, 5)]).isEmpty)
        #expect(doubts.sure([acknowledgement("a")]).count == 1)
    }

    @Test func whoOwnsNothingOfATopicDoesNotAskAboutIt() {
        var doubts = TopicDoubts()
        #expect(doubts.questions([ShardID(topic: "a", partition: 0)]).isEmpty)
        doubts.doubt("a")
        #expect(doubts.questions([ShardID(topic: "b", partition: 0), ShardID(topic: "a", partition: 1)]) == ["a"])
        #expect(doubts.questions([ShardID(topic: "b", partition: 0)]).isEmpty)
        #expect(doubts.questions([]).isEmpty)
        #expect(doubts.topics == ["a"], "its shards may come back, of another log")
    }

    @Test func whatIsNotAnsweredStaysInDoubt() {
        var doubts = TopicDoubts()
        doubts.doubt("a")
        #expect(doubts.settle([]).isEmpty)
        #expect(doubts.topics == ["a"])
    }
}
