import Millrace
import Testing

@Suite struct BatchTests {
    private final class Owner: BatchOwner {
        func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {
            body("n", [UInt8(origin)])
        }
    }

    private func table(_ arena: Arena, _ payloads: [[UInt8]?]) -> RecordTable {
        let table = RecordTable(capacity: 1)
        var builder = BatchBuilder(into: table, arena: arena)
        for (index, payload) in payloads.enumerated() {
            let record = Record(
                offset: Int64(index), timestamp: 7, payload: nil, key: nil, origin: index, hasHeaders: true)
            if let payload {
                builder.replace(record, capacity: payload.count + 9) { for byte in payload { $0.append(byte) } }
            } else {
                builder.keep(record)
            }
        }
        _ = builder.finish()
        return table
    }

    private func bytes(_ span: RawSpan) -> [UInt8] {
        (0..<span.byteCount).map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }

    @Test func aTableGrowsAndShowsWhatWasWritten() {
        let arena = Arena()
        let payloads: [[UInt8]?] = (0..<300).map { $0 % 10 == 0 ? nil : Array(repeating: UInt8($0 % 256), count: $0) }
        let table = table(arena, payloads)
        table.withList { list in
            for index in 0..<list.count {
                #expect(list[index].isTombstone == (payloads[index] == nil))
                #expect(bytes(list.payload(index)) == payloads[index] ?? [])
            }
        }
        #expect(arena.used == payloads.compactMap { $0?.count }.reduce(0, +))
    }

    @Test func anEmptyPayloadIsNoTombstone() {
        let table = table(Arena(), [[], nil])
        #expect(!table[0].isTombstone && table[0].payloadCount == 0)
        #expect(table[1].isTombstone)
    }

    @Test func anArenaIsReusedAndTakesLargeOnes() {
        let arena = Arena()
        for size in [10, 300_000, 5, 2_000_000, 100_000, 200_000] {
            let table = table(arena, [Array(repeating: 3, count: size)])
            table.withList { #expect($0.payload(0).byteCount == size) }
        }
        let capacity = arena.capacity
        arena.reset()
        #expect(arena.capacity < capacity)
        #expect(arena.used == 0)
    }

    @Test func aSliceIsNoCopy() {
        let arena = Arena()
        let source = table(arena, [Array("hello world".utf8)])
        let out = RecordTable()
        var builder = BatchBuilder(into: out, arena: arena)
        builder.slice(source[0], 6..<11)
        _ = builder.finish()
        #expect(out.withList { bytes($0.payload(0)) } == Array("world".utf8))
        #expect(arena.used == 11)
    }

    @Test func takenApartRecordsAreNamed() {
        let arena = Arena()
        let source = table(arena, [[1], [2]])
        let out = RecordTable()
        var builder = BatchBuilder(into: out, arena: arena)
        builder.emit(source[0], [[8], [9], [10]])
        builder.emit(source[1], [[11]])
        #expect(builder.finish().isEmpty)
        #expect(out.hasParts)
        #expect(
            out.ids() == [
                RecordID(offset: 0, sub: 0, isLast: false), RecordID(offset: 0, sub: 1, isLast: false),
                RecordID(offset: 0, sub: 2), RecordID(offset: 1),
            ])
    }

    @Test func behindTheSharedTransformsNothingIsTakenApart() {
        let arena = Arena()
        let source = table(arena, [[1]])
        var builder = BatchBuilder(into: RecordTable(), arena: arena, canEmitSeveral: false)
        builder.emit(source[0], [[8], [9]])
        let failed = builder.finish()
        #expect(failed.count == 1)
    }

    @Test func aCopyOutlivesItsBatch() {
        let memory = BatchMemory()
        let arena = memory.arena
        let source = table(arena, [[1, 2], nil, [3]])
        source.withList { list in for index in 0..<list.count { memory.source.append(list[index]) } }
        var batch: Batch? = Batch(shard: ShardID(topic: "t", partition: 0), epoch: 1, owner: Owner(), memory: memory)
        guard let held = batch else { return }
        let copy = BatchCopy(held, tables: [source])
        batch = nil
        arena.reset()
        _ = table(arena, [[9, 9, 9, 9]])
        copy.tables[0].withList { list in
            #expect(bytes(list.payload(0)) == [1, 2])
            #expect(list[1].isTombstone)
            #expect(bytes(list.payload(2)) == [3])
        }
        var names: [[UInt8]?] = []
        copy.batch.owner.forEachHeader(of: 2) { names.append($1) }
        #expect(names == [[2]])
    }
}
