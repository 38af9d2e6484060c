import Millrace
import Platform
import Testing

@testable import FileSink

@Suite struct FileRecordTests {
    private func random(_ seed: UInt64, stretches: Int) -> FileRecord {
        var random = SplitMix64(seed: seed)
        var record = FileRecord(sequence: random.next() % 1_000, length: Int64(random.next() % (1 << 40)))
        record.first = random.next() % 3 == 0 ? nil : Int64(random.next() % (1 << 50))
        record.rotation = random.next() % 3 == 0 ? Int(random.next() % 9) + 1 : nil
        var offset = Int64(random.next() % (1 << 45))
        record.floor = random.next() % 4 == 0 ? nil : Position(offset: offset, sub: Int32(random.next() % 3))
        for _ in 0..<stretches {
            offset += Int64(random.next() % 40) + 1
            let sub = random.next() % 5 == 0 ? Int32(random.next() % 7) : 0
            record.known.add(RecordID(offset: offset, sub: sub, isLast: random.next() % 6 != 0))
            offset += 1
        }
        return record
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `what is written is read`(seed: UInt64) {
        var record = random(seed, stretches: Int(seed) * 5)
        let bytes = record.encode()
        #expect(bytes.count <= FileRecord.slotSize)
        #expect(FileRecord(bytes) == record)
        #expect(FileRecord(bytes + [UInt8](repeating: 7, count: 100)) == record, "an older, longer record below")
    }

    @Test func `what has no room is forgotten from below, and the floor rises with it`() throws {
        let whole = random(1, stretches: 20_000)
        var record = whole
        let bytes = record.encode()
        #expect(bytes.count <= FileRecord.slotSize && bytes.count > FileRecord.slotSize - 200)
        #expect(FileRecord(bytes) == record)
        let kept = record.known.stretches
        #expect(kept.count > 2_000 && kept == Array(whole.known.stretches.suffix(kept.count)))
        #expect(record.floor == whole.known.stretches[whole.known.stretches.count - kept.count - 1].end)
    }

    @Test func `a record that was cut or changed anywhere is none`() {
        var record = random(3, stretches: 6)
        let bytes = record.encode()
        for count in 0..<bytes.count { #expect(FileRecord(Array(bytes.prefix(count))) == nil) }
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x10
            #expect(FileRecord(changed) == nil, "byte \(index)")
        }
        #expect(FileRecord([UInt8](repeating: 0, count: FileRecord.slotSize)) == nil)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `a set of records is what was added, in any order`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var ranges = RecordRanges()
        var model: Set<Int64> = []
        for _ in 0..<80 {
            let offset = Int64(random.next() % 60)
            ranges.add(RecordID(offset: offset))
            model.insert(offset)
            if random.next() % 20 == 0 {
                let floor = Int64(random.next() % 60)
                ranges.forget(before: Position(offset: floor))
                model = model.filter { $0 >= floor }
            }
        }
        for offset in Int64(0)..<60 {
            #expect(ranges.contains(RecordID(offset: offset)) == model.contains(offset), "seed \(seed), \(offset)")
        }
        #expect(RecordRanges(ranges.stretches) != nil, "not ascending and apart: \(ranges.stretches)")
    }

    @Test func `records of an aggregate are told apart`() {
        var ranges = RecordRanges()
        ranges.add(RecordID(offset: 5, sub: 0, isLast: false))
        ranges.add(RecordID(offset: 5, sub: 1, isLast: false))
        #expect(ranges.stretches.count == 1)
        #expect(ranges.contains(RecordID(offset: 5, sub: 1, isLast: false)))
        #expect(!ranges.contains(RecordID(offset: 5, sub: 2, isLast: true)))
        ranges.add(RecordID(offset: 5, sub: 2, isLast: true))
        ranges.add(RecordID(offset: 6))
        #expect(ranges.stretches == [.init(start: Position(offset: 5), end: Position(offset: 7))])
    }
}

@Suite struct RecoveryTests {
    private func record(_ length: Int64, rotation: Int? = nil) -> FileRecord {
        var record = FileRecord(sequence: 8, length: length, first: 3, floor: Position(offset: 3))
        record.known.add(RecordID(offset: 3))
        record.rotation = rotation
        return record
    }

    @Test func `a file is cut back to what its record says`() {
        let longer = Recovery(FileFacts(record: record(10), size: 15, lineEnd: 15))
        #expect(longer.record == record(10) && longer.finding == .cut(bytes: 5))
        let same = Recovery(FileFacts(record: record(10), size: 10))
        #expect(same.record == record(10) && same.finding == .none)
    }

    @Test func `without a record the last whole line is the end`() {
        let torn = Recovery(FileFacts(record: nil, size: 15, lineEnd: 12))
        #expect(torn.record == FileRecord(length: 12) && torn.finding == .cut(bytes: 3))
        #expect(Recovery(FileFacts()).record == FileRecord() && Recovery(FileFacts()).finding == .none)
    }

    @Test func `a rotation that was written down is done when the new name is there`() {
        let done = Recovery(FileFacts(record: record(10, rotation: 2), size: nil, rotatedSize: 10))
        #expect(done.record.length == 0 && done.record.first == nil && done.record.rotation == nil)
        #expect(done.record.known == record(10).known && done.record.sequence == 8 && done.finding == .none)
        #expect(Recovery(FileFacts(record: record(10, rotation: 2), size: 0, rotatedSize: 10)).record == done.record)
        // Not yet renamed; the new name belongs to somebody else.
        let undone = Recovery(FileFacts(record: record(10, rotation: 2), size: 10, rotatedSize: 10))
        #expect(undone.record == record(10) && undone.finding == .none)
        let foreign = Recovery(FileFacts(record: record(10, rotation: 2), size: nil, rotatedSize: 9))
        #expect(foreign.finding == .shrunk(from: 10, to: 0))
    }

    @Test func `a file shorter than its record is taken as it is, and nothing is known any more`() {
        let shrunk = Recovery(FileFacts(record: record(10), size: 7, lineEnd: 5))
        #expect(shrunk.record == FileRecord(sequence: 8, length: 5))
        #expect(shrunk.finding == .shrunk(from: 10, to: 5))
        #expect(Recovery(FileFacts(record: record(10), size: nil)).finding == .shrunk(from: 10, to: 0))
    }
}
