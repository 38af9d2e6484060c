import Millrace

/// A record takes one of two slots of the state file, in turn, so that a crash while one is written leaves the other.
extension FileRecord {
    /// The bytes of one slot.
    static let slotSize = 8192
    private static let magic: [UInt8] = Array("MFS1".utf8)
    private static let frame = 4 + 2 + 8

    /// The bytes of the record: at most ``slotSize``. `known` loses its lowest stretches where it does not fit, and
    /// `floor` rises with that: what is forgotten may be written twice after a crash, never be lost.
    mutating func encode() -> [UInt8] {
        var tail = ByteWriter()
        var kept = known.stretches.count
        // Written from the newest stretch down, each by its distance to the one above, until the slot is full.
        var above = known.end ?? Position(offset: 0)
        let room = Self.slotSize - Self.frame - 128
        for (index, stretch) in known.stretches.enumerated().reversed() {
            let before = tail.bytes.count
            tail.put(stretch, below: above)
            if tail.bytes.count > room {
                tail.bytes.removeLast(tail.bytes.count - before)
                kept = known.stretches.count - 1 - index
                forgetAllBut(kept)
                break
            }
            above = stretch.start
        }
        var head = ByteWriter()
        head.put(sequence)
        head.put(UInt64(bitPattern: length))
        head.put(optional: first)
        head.put(optional: floor?.offset)
        head.put(sub: floor?.sub ?? 0)
        head.put(UInt64(rotation ?? 0))
        head.put(UInt64(bitPattern: known.end?.offset ?? 0))
        head.put(sub: known.end?.sub ?? 0)
        head.put(UInt64(kept))
        return Self.framed(head.bytes + tail.bytes)
    }

    private mutating func forgetAllBut(_ count: Int) {
        let stretches = known.stretches
        // In front of the lowest stretch that is kept lies something that is not known any more.
        floor = count > 0 ? stretches[stretches.count - count - 1].end : known.end
        known = RecordRanges(Array(stretches.suffix(count))) ?? RecordRanges()
    }

    /// The record in a slot; nil when none was written there, or not to its end.
    init?(_ slot: [UInt8]) {
        guard let body = Self.unframed(slot) else { return nil }
        var reader = ByteReader(bytes: body)
        guard let sequence = reader.number(), let length = reader.number(), let first = reader.optional(),
            let floorOffset = reader.optional(), let floorSub = reader.number(), let rotation = reader.number(),
            let endOffset = reader.number(), let endSub = reader.number(), let count = reader.number(),
            count <= UInt64(slot.count)
        else { return nil }
        self.sequence = sequence
        self.length = Int64(bitPattern: length)
        self.first = first
        floor = floorOffset.map { Position(offset: $0, sub: Int32(truncatingIfNeeded: floorSub)) }
        self.rotation = rotation == 0 ? nil : Int(truncatingIfNeeded: rotation)
        var above = Position(offset: Int64(bitPattern: endOffset), sub: Int32(truncatingIfNeeded: endSub))
        var stretches: [RecordRanges.Stretch] = []
        for _ in 0..<count {
            guard let stretch = reader.stretch(below: above) else { return nil }
            stretches.append(stretch)
            above = stretch.start
        }
        guard let known = RecordRanges(stretches.reversed()) else { return nil }
        self.known = known
    }

    private static func framed(_ body: [UInt8]) -> [UInt8] {
        var bytes = magic + [UInt8(truncatingIfNeeded: body.count), UInt8(truncatingIfNeeded: body.count >> 8)] + body
        let sum = checksum(bytes[...])
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: sum >> UInt64(shift * 8))) }
        return bytes
    }

    private static func unframed(_ slot: [UInt8]) -> [UInt8]? {
        guard slot.count >= frame, slot.starts(with: magic) else { return nil }
        let size = Int(slot[4]) | Int(slot[5]) << 8
        guard slot.count >= frame + size else { return nil }
        var sum: UInt64 = 0
        for shift in 0..<8 { sum |= UInt64(slot[6 + size + shift]) << UInt64(shift * 8) }
        return checksum(slot[..<(6 + size)]) == sum ? Array(slot[6..<(6 + size)]) : nil
    }

    /// FNV-1a, 64 bits: tells a record from one that a crash cut or mixed with an older one.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

/// Numbers in as few bytes as they need: seven bits a byte, the lowest first.
private struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func put(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func put(sub: Int32) { put(UInt64(UInt32(bitPattern: sub))) }

    mutating func put(optional number: Int64?) {
        put(number == nil ? 0 : 1)
        if let number { put(UInt64(bitPattern: number)) }
    }

    /// The gap above the stretch and its length, in offsets; places inside aggregates only where there are some.
    mutating func put(_ stretch: RecordRanges.Stretch, below above: Position) {
        let hasSubs = stretch.start.sub != 0 || stretch.end.sub != 0
        put(UInt64(bitPattern: above.offset - stretch.end.offset) << 1 | (hasSubs ? 1 : 0))
        put(UInt64(bitPattern: stretch.end.offset - stretch.start.offset))
        if hasSubs {
            put(sub: stretch.start.sub)
            put(sub: stretch.end.sub)
        }
    }
}

private struct ByteReader {
    let bytes: [UInt8]
    var place = 0

    mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count, shift < 64 {
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// Nil when the bytes end; nil inside when no number was written.
    mutating func optional() -> Int64?? {
        switch number() {
        case 0: return .some(nil)
        case 1:
            guard let number = number() else { return nil }
            return Int64(bitPattern: number)
        default: return nil
        }
    }

    mutating func stretch(below above: Position) -> RecordRanges.Stretch? {
        guard let gap = number(), let length = number() else { return nil }
        let end = above.offset &- Int64(bitPattern: gap >> 1)
        var stretch = RecordRanges.Stretch(
            start: Position(offset: end &- Int64(bitPattern: length)), end: Position(offset: end))
        if gap & 1 == 1 {
            guard let low = number(), let high = number() else { return nil }
            stretch.start.sub = Int32(truncatingIfNeeded: low)
            stretch.end.sub = Int32(truncatingIfNeeded: high)
        }
        return stretch
    }
}
