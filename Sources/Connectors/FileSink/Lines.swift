import Millrace
import Platform

/// The front of a delivery that can become lines, or frames: how far it goes, and how much it is.
struct Lines {
    static let feed = UInt8(ascii: "\n")
    static let poison = Failure(.poison, "the payload has a line feed in it, and the sink writes a line a record")

    let framing: Framing
    /// The number of records before the first that can be no line.
    private(set) var count = 0
    /// The bytes of their lines.
    private(set) var bytes = 0
    /// The bytes of the first line.
    private(set) var least = 0
    /// How many of the records are safe already.
    private(set) var skipped = 0

    /// For lines, looks at every payload once, but for those of records that are safe already: each of them was a line.
    /// With `day`, ends before the first record of another one.
    init(of delivery: Delivery, known: RecordRanges, framing: Framing, day: Day? = nil) {
        self.framing = framing
        while count < delivery.count {
            if let day, Day(of: delivery[count].timestamp) != day { break }
            let size = framing.size(delivery[count], known)
            if framing == .line, size > 0, delivery.payload(count).firstIndex(of: Lines.feed) != nil { break }
            if bytes == 0 { least = size }
            if size == 0 { skipped += 1 }
            bytes += size
            count += 1
        }
    }

    /// Copies lines of at most `room` bytes into chunks of at most `chunkSize` each, but for a single longer line.
    /// - Returns: The chunks, and the number of records in them.
    func copy(
        _ delivery: Delivery, known: RecordRanges, room: Int, chunkSize: Int, isRerun: Bool
    ) -> (chunks: [Chunk], taken: Int) {
        var chunks: [Chunk] = []
        var taken = 0
        var left = room
        while taken < count {
            var end = taken
            var size = 0
            while end < count {
                let more = framing.size(delivery[end], known)
                if size + more > left || (size > 0 && size + more > chunkSize) { break }
                size += more
                end += 1
            }
            guard end > taken else { break }
            chunks.append(
                chunk(delivery, taken..<end, known: known, size: size, isRerun: isRerun && chunks.isEmpty))
            left -= size
            taken = end
        }
        return (chunks, taken)
    }

    private func chunk(
        _ delivery: Delivery, _ range: Range<Int>, known: RecordRanges, size: Int, isRerun: Bool
    ) -> Chunk {
        let buffer = size > 0 ? ByteBuffer(capacity: size) : nil
        var written = RecordRanges()
        if let buffer {
            for index in range where framing.size(delivery[index], known) > 0 {
                let payload = delivery.payload(index)
                if framing == .length { buffer.append(bigEndian: UInt32(truncatingIfNeeded: payload.byteCount)) }
                buffer.append(payload)
                if framing == .line { buffer.append(Lines.feed) }
                written.add(delivery[index].id)
            }
        }
        return Chunk(
            bytes: buffer, first: delivery[range.lowerBound].id, last: delivery[range.upperBound - 1].id,
            written: written, isRerun: isRerun)
    }
}

extension Framing {
    /// The length of a record in the file: 0 when it needs none, being a tombstone or safe already.
    func size(_ record: Record, _ known: RecordRanges) -> Int {
        record.isTombstone || known.contains(record.id) ? 0 : record.payloadCount + overhead
    }
}

extension ByteBuffer {
    fileprivate func append(bigEndian number: UInt32) {
        append(UInt8(truncatingIfNeeded: number >> 24))
        append(UInt8(truncatingIfNeeded: number >> 16))
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }
}
