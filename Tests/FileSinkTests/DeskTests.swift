import Millrace
import Platform
import Testing

@testable import FileSink

/// What lanes and writer share, without either.
@Suite struct DeskTests {
    private static let files = FilePaths(data: "a", extensionCount: 0)

    private func address(_ slot: Int) -> Address {
        Address(reporter: Inbox(), sink: 0, slot: slot, epoch: 1, shard: ShardID(topic: "t", partition: Int32(slot)))
    }

    /// A desk with `count` open files, numbered from 1.
    private func desk(limit: Int, count: Int) -> Desk {
        var desk = Desk(limit: limit)
        for slot in 1...count {
            let id = desk.add(address(slot), Self.files)
            #expect(id == slot)
            _ = desk.admit(id, heard: 0)
            _ = desk.apply(.opened(known: RecordRanges(), floor: nil), to: id)
        }
        _ = desk.takeMail()
        _ = desk.takeRoom()
        return desk
    }

    private func ticket(_ desk: inout Desk, _ id: Int, heard: Int = 0) -> Desk.Ticket? {
        if case .open(let ticket) = desk.admit(id, heard: heard) { return ticket }
        return nil
    }

    private func chunk(_ size: Int, first: Int64 = 0) -> Chunk {
        let buffer = ByteBuffer(capacity: size)
        for _ in 0..<size { buffer.append(UInt8(0)) }
        let id = RecordID(offset: first)
        return Chunk(bytes: buffer, first: id, last: id, written: RecordRanges(), isRerun: false)
    }

    private func slots(_ addresses: [Address]) -> [Int] { addresses.map(\.slot) }

    @Test func `the first delivery asks for the file, and room is said when it is open`() {
        var desk = Desk(limit: 100)
        let id = desk.add(address(1), Self.files)
        guard case .full = desk.admit(id, heard: 0) else { return #expect(Bool(false)) }
        #expect(desk.hasMail && desk.takeMail().map(\.mail.opens) == [true] && !desk.hasMail)
        guard case .full = desk.admit(id, heard: 0) else { return #expect(Bool(false)) }
        #expect(!desk.hasMail && desk.takeRoom().isEmpty)
        _ = desk.apply(.opened(known: RecordRanges(), floor: nil), to: id)
        #expect(slots(desk.takeRoom()) == [1] && desk.takeRoom().isEmpty)
        #expect(ticket(&desk, id) != nil)
    }

    @Test func `a refusal is fatal once, and the next delivery tries again`() {
        var desk = desk(limit: 100, count: 1)
        _ = desk.apply(.refused("taken"), to: 1)
        guard case .fatal("taken") = desk.admit(1, heard: 0) else { return #expect(Bool(false)) }
        // Sent before the machine heard of it.
        guard case .untried = desk.admit(1, heard: 0) else { return #expect(Bool(false)) }
        guard case .full = desk.admit(1, heard: 1) else { return #expect(Bool(false)) }
        #expect(desk.takeMail().map(\.mail.opens) == [true])
    }

    @Test func `memory is shared: half of it for one, all of it for all`() {
        var desk = desk(limit: 100, count: 3)
        #expect(desk.reserve(1, wanted: 80, least: 10) == 50)
        #expect(desk.reserve(1, wanted: 10, least: 10) == 0)
        #expect(desk.reserve(2, wanted: 45, least: 15) == 45)
        #expect(desk.reserve(3, wanted: 20, least: 5) == 5)
        #expect(desk.total == 100)
        #expect(desk.reserve(3, wanted: 20, least: 5) == 0)
        #expect(desk.takeRoom().isEmpty)
        // 25 are free then, and only 3 has little of its own.
        _ = desk.apply(.freed(25), to: 2)
        #expect(slots(desk.takeRoom()) == [3])
        _ = desk.apply(.freed(25), to: 1)
        #expect(slots(desk.takeRoom()) == [1])
    }

    @Test func `a record that is longer than a quarter of all goes when its shard holds nothing`() {
        var desk = desk(limit: 100, count: 2)
        #expect(desk.reserve(1, wanted: 40, least: 40) == 40)
        #expect(desk.reserve(2, wanted: 500, least: 300) == 300)
        #expect(desk.reserve(2, wanted: 500, least: 300) == 0)
        _ = desk.apply(.freed(299), to: 2)
        #expect(desk.takeRoom().isEmpty, "said while it would be full again")
        _ = desk.apply(.freed(1), to: 2)
        #expect(slots(desk.takeRoom()) == [2])
        #expect(desk.reserve(2, wanted: 500, least: 300) == 300)
        // A small one waits, however little its own shard holds.
        _ = desk.apply(.freed(40), to: 1)
        #expect(desk.reserve(1, wanted: 10, least: 10) == 0)
    }

    @Test func `what was reserved and not used is given back`() {
        var desk = desk(limit: 100, count: 1)
        guard let ticket = ticket(&desk, 1) else { return #expect(Bool(false)) }
        #expect(desk.reserve(1, wanted: 50, least: 1) == 50)
        desk.put(1, [chunk(20), chunk(10)], reserved: 50, ticket: ticket, lacking: 30)
        #expect(desk.total == 30)
        #expect(desk.takeRoom().isEmpty, "30 bytes are not there yet")
        #expect(desk.takeMail().map(\.mail.chunks.count) == [2])
        _ = desk.apply(.freed(30), to: 1)
        #expect(desk.total == 0 && slots(desk.takeRoom()) == [1])
    }

    @Test func `a loss takes what the writer has not fetched with it, and what is on its way`() {
        var desk = desk(limit: 100, count: 1)
        guard let ticket = ticket(&desk, 1) else { return #expect(Bool(false)) }
        _ = desk.reserve(1, wanted: 20, least: 20)
        desk.put(1, [chunk(20, first: 4)], reserved: 20, ticket: ticket)
        _ = desk.reserve(1, wanted: 10, least: 10)
        guard case .lost(let from)? = desk.apply(.lost(RecordID(offset: 2)), to: 1) else {
            return #expect(Bool(false))
        }
        #expect(from.offset == 2 && desk.total == 10)
        // Copied before the loss was known here: dropped.
        desk.put(1, [chunk(10, first: 5)], reserved: 10, ticket: ticket)
        #expect(desk.total == 0)
        #expect(desk.takeMail().flatMap(\.mail.chunks).isEmpty)
        guard case .untried = desk.admit(1, heard: 0) else { return #expect(Bool(false)) }
        #expect(self.ticket(&desk, 1, heard: 1) != nil)
    }

    @Test func `while a file is opened anew nothing is taken`() {
        var desk = desk(limit: 100, count: 1)
        _ = desk.apply(.reopening, to: 1)
        guard case .full = desk.admit(1, heard: 0) else { return #expect(Bool(false)) }
        #expect(desk.takeRoom().isEmpty && !desk.hasMail)
        _ = desk.apply(.opened(known: RecordRanges(), floor: nil), to: 1)
        #expect(slots(desk.takeRoom()) == [1])
    }

    @Test func `a closed file gives back all that it held`() {
        var desk = desk(limit: 100, count: 2)
        _ = desk.reserve(1, wanted: 40, least: 40)
        desk.forget(1)
        #expect(desk.takeMail().map(\.mail.forgets) == [true])
        _ = desk.apply(.closed, to: 1)
        #expect(desk.total == 0 && desk.ports.count == 1)
        guard case .untried = desk.admit(1, heard: 0) else { return #expect(Bool(false)) }
    }
}
