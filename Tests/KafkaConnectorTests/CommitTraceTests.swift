import Kafka
import Millrace
import Platform
import Testing

@testable import KafkaConnector

@Suite struct CommitTraceTests {
    @Test func standsBehindTheCursors() {
        var trace = CommitTrace(.seek, at: Timestamp(milliseconds: 1_764_066_000_123))
        trace.replaced = CommitTrace.Replaced(offset: 500, cursors: "1 clean=0 archive=5+1-2")
        let text = trace.metadata("1 clean=3")
        let (cursors, found) = CommitTrace.read(text)
        #expect(cursors == "1 clean=3")
        #expect(found == trace)
        #expect(found?.who.contains("@") == true)
    }

    @Test func whatIsNotOursHasNone() {
        for text in ["", "1 clean=3", "@by=", "@by=seek,a,b,c", "@by=seek,a,b,1,x", "@was=5,1", "anything at all"] {
            #expect(CommitTrace.read(text).trace == nil, "\(text)")
        }
        #expect(CommitTrace.read("1 clean=3").cursors == "1 clean=3")
        #expect(CommitTrace.read("@by=seek,a,b,1,2 @was=x").trace?.replaced == nil)
    }

    @Test func fitsIntoWhatBrokersTake() {
        let full = "1 " + String(repeating: "x", count: Acknowledgement.maxMetadata - 2)
        #expect(CommitTrace(.worker).metadata(full).utf8.count <= CommitTrace.limit)
        var trace = CommitTrace(.seek)
        trace.replaced = CommitTrace.Replaced(offset: .max, cursors: full)
        let text = trace.metadata("1")
        #expect(text.utf8.count <= CommitTrace.limit)
        #expect(CommitTrace.read(text).trace != nil)
    }
}

@Suite struct MovedOffsetsTests {
    private func found(_ partition: Int32, _ offset: Int64, _ metadata: String?, isFirst: Bool = false)
        -> StartFinder.Found
    {
        StartFinder.Found(
            partition: TopicPartition("orders", partition), offset: offset, metadata: metadata, isFirst: isFirst)
    }

    @Test func aWorkersOwnCommitIsNoNews() {
        let metadata = CommitTrace(.worker).metadata("1 clean=0")
        #expect(MovedOffsets.notes([found(0, 5, metadata), found(1, 5, "1 clean=0")], group: "g").isEmpty)
        #expect(MovedOffsets.notes([found(0, 5, nil, isFirst: true)], group: "g").isEmpty)
    }

    @Test func aSeekIsToldWithWhoAndWhen() {
        var trace = CommitTrace(.seek, at: Timestamp(milliseconds: 0))
        trace.user = "root"
        trace.host = "db1"
        trace.replaced = CommitTrace.Replaced(offset: 900, cursors: "1")
        let other = CommitTrace(.worker).metadata("1")
        trace.replaced?.offset = 800
        let notes = MovedOffsets.notes(
            [found(1, 5, trace.metadata("1")), found(0, 4, trace.metadata("1")), found(2, 7, other)], group: "g")
        #expect(notes.count == 1)
        #expect(notes[0].event == "offsets-moved")
        let fields = notes[0].fields.map { "\($0.name)=\($0.value)" }
        #expect(
            fields == [
                "group=g", "shards=orders:0-1", "from=800,800", "to=4,5", "by=root@db1", "with=millrace seek",
                "at=1970-01-01T00:00:00.000Z",
            ])
    }

    @Test func anotherProgramIsTold() {
        let notes = MovedOffsets.notes([found(0, 4, nil), found(1, 4, "checkpointed")], group: "g")
        #expect(notes.count == 1)
        #expect(notes[0].fields.contains { $0.name == "by" && $0.value == "another program" })
    }
}
