import Kafka
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
