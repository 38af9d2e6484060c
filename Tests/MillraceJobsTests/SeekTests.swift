import KafkaConnector
import Millrace
import MillraceEngine
import Platform
import Testing

@testable import MillraceJobs

private func shard(_ partition: Int32) -> ShardID { ShardID(topic: "orders", partition: partition) }

private func move(
    _ partition: Int32 = 0, from before: Int64?, to after: Int64, log: Range<Int64> = 100..<1_000,
    metadata: String = "1"
) -> SeekMove {
    SeekMove(shard: shard(partition), log: log, before: before, after: after, metadata: metadata)
}

@Suite struct SeekMoveTests {
    @Test func countsWhatIsReadAgainAndWhatIsSkipped() {
        #expect(move(from: 500, to: 200).again == 300)
        #expect(move(from: 500, to: 200).skipped == 0)
        #expect(move(from: 500, to: 700).skipped == 200)
        #expect(move(from: 500, to: 700).again == 0)
        // What has expired, or never was, is neither.
        #expect(move(from: 50, to: 150).skipped == 50)
        #expect(move(from: 2_000, to: 900).again == 100)
        #expect(move(from: nil, to: 900).again == 0)
        #expect(move(from: nil, to: 900).skipped == 0)
    }

    @Test func whatTheLogDoesNotHaveIsRefused() throws {
        try SeekMove.check(shard(0), 100..<200, 100)
        try SeekMove.check(shard(0), 100..<200, 200)
        #expect(throws: MillraceError.self) { try SeekMove.check(shard(0), 100..<200, 99) }
        #expect(throws: MillraceError.self) { try SeekMove.check(shard(0), 100..<200, 201) }
    }

    @Test func goingBackGivesEverySinkEverything() {
        let (cursors, trace) = CommitTrace.read(
            move(from: 500, to: 200, metadata: "1 clean=0 archive=300+10-20").metadata(CommitTrace(.seek)))
        #expect(cursors == "1")
        #expect(trace?.replaced == CommitTrace.Replaced(offset: 500, cursors: "1 clean=0 archive=300+10-20"))
    }

    @Test func goingForwardKeepsALead() {
        let cursors = CommittedCursors.moved("1 clean=0+50-60+300-310 archive=300 slow=-40", from: 500, to: 555)
        // clean had 550 to 559, and 800 to 809; archive everything below 800; slow is still told as behind.
        #expect(cursors == "1 clean=5+240-250 archive=245 slow=-95")
        #expect(CommittedCursors.moved("1 clean=0 archive=300", from: 500, to: 900) == "1 clean=0 archive=0")
        #expect(CommittedCursors.moved("somebody else's", from: 500, to: 900) == "1")
    }

    @Test func theWayBackBringsTheCursorsBack() {
        let first = move(from: 500, to: 200, metadata: "1 clean=0 archive=300+10-20").metadata(CommitTrace(.seek))
        let back = move(from: 200, to: 500, metadata: first)
        #expect(CommitTrace.read(back.metadata(CommitTrace(.seek))).cursors == "1 clean=0 archive=300+10-20")
        // Once a worker has committed, that is the past.
        let later = CommitTrace(.worker).metadata("1 clean=0 archive=0")
        let other = move(from: 300, to: 500, metadata: later)
        #expect(CommitTrace.read(other.metadata(CommitTrace(.seek))).cursors == "1 clean=0 archive=0")
    }
}

@Suite struct SeekTextTests {
    private func text(_ moves: [SeekMove], to place: String = "200", shards: [ShardID] = []) -> SeekText {
        var order = SeekOrder(to: place)
        order.shards = shards
        return SeekText(
            moves: moves, group: "g", path: "orders.yaml", order: order, start: "latest",
            now: Timestamp(milliseconds: 0))
    }

    @Test func undoNamesThePlacesThatWereLeft() {
        let text = text([
            move(0, from: 500, to: 200), move(1, from: 500, to: 200), move(2, from: 400, to: 200),
            move(3, from: 200, to: 200),
            move(4, from: 50, to: 200), move(5, from: nil, to: 200),
        ])
        #expect(
            text.done == """
                moved 5 shards of group g: 800 records will be read again, by every sink; 100 records will be skipped, by every sink
                no way back for orders:4: it stood at 50, which the log no longer has
                undo: millrace seek orders.yaml --to 500 --shard orders:0 --shard orders:1 --apply
                      millrace seek orders.yaml --to 400 --shard orders:2 --apply
                      millrace seek orders.yaml --to latest --shard orders:5 --apply

                """)
    }

    @Test func aLookSaysHowToDoIt() {
        let text = text([move(0, from: 500, to: 200)], shards: [shard(0)])
        #expect(
            text.dryRun == """
                would move 1 shard of group g: 300 records will be read again, by every sink
                nothing was changed; to do it: millrace seek orders.yaml --to 200 --shard orders:0 --apply

                """)
        #expect(self.text([move(from: 200, to: 200)]).dryRun.hasPrefix("nothing to move"))
        #expect(self.text([move(from: 200, to: 200)]).done.hasPrefix("nothing to move"))
    }

    @Test func theTableSaysWhoSetThePlace() {
        var trace = CommitTrace(.seek, at: Timestamp(milliseconds: -90_000))
        trace.user = "root"
        trace.host = "db1"
        let moves = [
            move(0, from: 500, to: 200, metadata: trace.metadata("1")), move(1, from: 500, to: 600, metadata: ""),
            move(2, from: nil, to: 200), move(3, from: 500, to: 200, metadata: "1 clean=0"),
        ]
        #expect(
            text(moves).table(width: 80) == """
                SHARD       BEFORE  AFTER  AGAIN  SKIPPED  LOG         SET BY
                orders:0       500    200    300        -  100..1,000  seek root@db1 1m30s ago
                orders:1       500    600      -      100  100..1,000  another program
                orders:2  (latest)    200      -        -  100..1,000  nobody yet
                orders:3       500    200    300        -  100..1,000  a worker

                """)
    }
}
