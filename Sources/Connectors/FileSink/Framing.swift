/// How the records of a file are told apart.
enum Framing: String, Sendable {
    /// A line feed behind each; a payload with one in it is poison.
    case line
    /// The number of its bytes before each: four bytes, the highest first. Any payload will do.
    case length

    /// The bytes that a record takes beside its payload.
    var overhead: Int {
        switch self {
        case .line: 1
        case .length: 4
        }
    }

    /// The place behind the last whole record in `size` bytes that somebody else began; `read` gives bytes of them.
    func end<E: Error>(of size: Int64, _ read: (_ start: Int64, _ count: Int) throws(E) -> [UInt8]) throws(E) -> Int64 {
        switch self {
        case .line:
            var end = size
            while end > 0 {
                let start = max(0, end - 65_536)
                let bytes = try read(start, Int(end - start))
                if let place = bytes.lastIndex(of: Lines.feed) { return start + Int64(place) + 1 }
                end = start
            }
            return 0
        case .length:
            var end: Int64 = 0
            while end + 4 <= size {
                let head = try read(end, 4)
                guard head.count == 4 else { break }
                let next = end + 4 + head.reduce(0) { $0 << 8 | Int64($1) }
                guard next <= size else { break }
                end = next
            }
            return end
        }
    }
}
