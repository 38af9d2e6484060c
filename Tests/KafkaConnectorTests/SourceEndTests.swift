import Kafka
import Millrace
import Synchronization
import Testing

@testable import KafkaConnector

/// What is made of the ends of logs.
@Suite struct SourceEndTests {
    @Test func whatCannotBeReadIsNoLag() {
        // The last record at 41, behind it a marker: the log ends at 43.
        let tail = ReadTail(readTo: 42, end: 43)
        #expect(tail.end(heard: nil) == 42)
        #expect(tail.end(heard: 43) == 42)
        #expect(tail.end(heard: 40) == 42, "an answer that is older than what was read")
        #expect(tail.end(heard: 44) == 44, "there is something new, or an open transaction")
    }

    @Test func aMissingTopicIsTheReasonOfItsOwnShardsAlone() {
        var view = KafkaSource.View()
        let (here, gone) = (ShardID(topic: "orders", partition: 0), ShardID(topic: "refunds", partition: 1))
        #expect(view.problem == nil && view.problem(of: gone) == nil)
        view.missing = ["refunds"]
        #expect(view.problem == "topic refunds is not there any more: deleted?")
        #expect(view.problem(of: gone) == view.problem)
        #expect(view.problem(of: here) == nil)
        view.missing = ["refunds", "returns"]
        #expect(view.problem == "topics refunds, returns are not there any more: deleted?")
        #expect(view.problem(of: gone) == "topic refunds is not there any more: deleted?")
        view.trouble = "no broker answers"
        #expect(view.problem == "no broker answers" && view.problem(of: here) == "no broker answers")
    }

    @Test func whatStandsBehindATransactionIsKnownSinceItStandsThere() {
        var view = KafkaSource.View()
        let shard = ShardID(topic: "orders", partition: 0)
        view.hear(shard, end: 5, logEnd: 5, now: 1)
        #expect(view.pending[shard] == nil && view.ends[shard] == 5)
        view.hear(shard, end: 5, logEnd: 8, now: 2)
        view.hear(shard, end: 5, logEnd: 9, now: 3)
        #expect(view.pending[shard] == PendingInput(offset: 5, count: 4, since: 2))
        view.hear(shard, end: 9, logEnd: 12, now: 4)
        #expect(view.pending[shard] == PendingInput(offset: 9, count: 3, since: 4))
        view.hear(shard, end: 12, logEnd: 11, now: 5)
        #expect(view.pending[shard] == nil, "what was fetched last may be older than the answer")
    }

    @Test func anOffsetThatExpiredIsWorthAnAssignment() {
        let woken = Atomic(0)
        let stall = FetchStall("orders:3") { woken.add(1, ordering: .relaxed) }
        #expect(stall.offset == nil)
        #expect(!stall.look(Watermarks(low: 0, high: 10)), "nothing was met")
        stall.meet(5)
        #expect(woken.load(ordering: .relaxed) == 1)
        #expect(stall.offset == 5)
        #expect(stall.look(Watermarks(low: 7, high: 10)))
        #expect(stall.look(Watermarks(low: 0, high: 5)), "the end itself can be read from")
    }

    @Test func anOffsetBehindTheEndIsWaitedFor() {
        let stall = FetchStall("orders:3") {}
        stall.meet(100)
        #expect(!stall.look(Watermarks(low: 0, high: 99)))
        #expect(stall.words.contains("the log of orders:3 ends at 99, before offset 100"))
        #expect(stall.words.contains("made anew"))
        #expect(stall.look(Watermarks(low: 0, high: 100)))
    }
}
