import Millrace
import Testing

@testable import HTTPSink

/// Whose turn it is.
@Suite struct DeskTests {
    private final class Owner: BatchOwner {
        func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {}
    }

    private struct Nobody: SinkReporter, NoteTaker {
        func report(_ report: SinkReport) {}
        func note(_ note: Note) {}
    }

    /// A desk whose calls may stand in an expectation, though they change it.
    private final class TestDesk {
        private var desk: Desk

        init(limit: Int, concurrency: Int) { desk = Desk(limit: limit, concurrency: concurrency) }

        func put(_ job: HTTPJob) -> Bool { desk.put(job) }
        func takeFirst(now: Int64) -> (job: HTTPJob, ticket: Int)? { desk.takeFirst(now: now) }
        func nextTurn(now: Int64) -> Int64? { desk.nextTurn(now: now) }
        func hold(until time: Int64) { desk.hold(until: time) }
        func resume(_ job: HTTPJob, _ ticket: Int, now: Int64) -> Desk.Next { desk.resume(job, ticket, now: now) }
        func name(_ ticket: Int, _ call: Int) -> Bool { desk.name(ticket, call) }
        func end(_ ticket: Int) { desk.end(ticket) }
        func abandon(_ address: SinkAddress) -> (jobs: [HTTPJob], calls: [Int]) { desk.abandon(address) }
        func free(_ size: Int) -> [SinkAddress] { desk.free(size) }
        func close() { desk.close() }
    }

    /// A job of the shard `slot` with one record of a payload of `size` bytes.
    private func job(_ slot: Int, size: Int = 10) -> HTTPJob {
        let memory = BatchMemory()
        var builder = BatchBuilder(into: memory.source, arena: memory.arena)
        let record = Record(offset: 7, timestamp: 0, payload: nil, key: nil, origin: 0, hasHeaders: false)
        builder.replace(record, capacity: size) { $0.append(Array(repeating: UInt8(ascii: "1"), count: size)) }
        _ = builder.finish()
        let shard = ShardID(topic: "in", partition: Int32(slot))
        let batch = Batch(shard: shard, epoch: 1, owner: Owner(), memory: memory)
        let delivery = Delivery(
            shard: shard, slot: slot, epoch: 1, number: 1, heard: 0, batch: batch, table: memory.source, first: 0,
            count: 1)
        let lane = LaneContext(lane: 0, sink: 0, wakeDescriptor: -1, reporter: Nobody(), notes: Nobody())
        return HTTPJob(delivery, SinkAddress(lane, slot: slot, epoch: 1))
    }

    @Test func turnsGoInOrderAndNoMoreThanAllowed() throws {
        let desk = TestDesk(limit: 1 << 20, concurrency: 2)
        for slot in 0..<4 { #expect(desk.put(job(slot))) }
        let first = try #require(desk.takeFirst(now: 0))
        let second = try #require(desk.takeFirst(now: 0))
        #expect((first.job.address.slot, second.job.address.slot) == (0, 1))
        #expect(desk.takeFirst(now: 0) == nil)
        desk.end(first.ticket)
        #expect(desk.takeFirst(now: 0)?.job.address.slot == 2)
        #expect(desk.takeFirst(now: 0) == nil)
    }

    @Test func aPauseHoldsEverybody() {
        let desk = TestDesk(limit: 1 << 20, concurrency: 2)
        #expect(desk.put(job(0)))
        #expect(desk.nextTurn(now: 0) == nil)
        desk.hold(until: 500)
        desk.hold(until: 300)
        #expect(desk.takeFirst(now: 499) == nil)
        #expect(desk.nextTurn(now: 499) == 500)
        #expect(desk.takeFirst(now: 500) != nil)
        #expect(desk.nextTurn(now: 500) == nil)
    }

    @Test func aJobBetweenItsRequestsWaitsForThePauseToo() throws {
        let desk = TestDesk(limit: 1 << 20, concurrency: 1)
        #expect(desk.put(job(0)))
        #expect(desk.put(job(1)))
        let one = try #require(desk.takeFirst(now: 0))
        #expect(desk.resume(one.job, one.ticket, now: 0) == .goOn)
        desk.hold(until: 100)
        #expect(desk.resume(one.job, one.ticket, now: 50) == .waits)
        #expect(desk.takeFirst(now: 100)?.job.address.slot == 0)
    }

    @Test func bytesAreBoundedAndRoomIsTold() {
        let large = job(0, size: 600)
        let desk = TestDesk(limit: large.size + 10, concurrency: 1)
        #expect(desk.put(large))
        #expect(!desk.put(job(1, size: 600)))
        #expect(desk.free(large.size).map(\.slot) == [1])
        #expect(desk.free(0).isEmpty)
        let small = TestDesk(limit: 1, concurrency: 1)
        #expect(small.put(job(0)))
        #expect(!small.put(job(0)))
    }

    @Test func whatIsGivenUpIsNotSent() throws {
        let desk = TestDesk(limit: 1 << 20, concurrency: 2)
        for slot in [0, 1, 0] { #expect(desk.put(job(slot))) }
        let running = try #require(desk.takeFirst(now: 0))
        #expect(!desk.name(running.ticket, 17))
        let gone = desk.abandon(running.job.address)
        #expect(gone.calls == [17])
        #expect(gone.jobs.map(\.address.slot) == [0])
        #expect(desk.resume(running.job, running.ticket, now: 0) == .isGone)
        #expect(desk.takeFirst(now: 0)?.job.address.slot == 1)
        // Given up before its request had a name.
        let other = TestDesk(limit: 1 << 20, concurrency: 1)
        #expect(other.put(job(0)))
        let nameless = try #require(other.takeFirst(now: 0))
        #expect(other.abandon(nameless.job.address).calls.isEmpty)
        #expect(other.name(nameless.ticket, 18))
    }

    @Test func nothingBeginsAtTheEnd() {
        let desk = TestDesk(limit: 1 << 20, concurrency: 1)
        #expect(desk.put(job(0)))
        desk.close()
        #expect(desk.takeFirst(now: 0) == nil)
    }
}
