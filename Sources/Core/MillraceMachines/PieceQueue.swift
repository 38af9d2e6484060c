import Millrace

/// The pieces that wait at a stage, ascending, with the sums that every step asks for.
///
/// Taking from the front, adding at the back and putting back at the front are O(1), amortized; the queue of an optional
/// stage may be long.
struct PieceQueue: Sendable {
    /// The pieces are those from ``head`` on.
    private var storage: [Piece] = []
    private var head = 0

    private(set) var records = 0
    private(set) var weight = 0
    private(set) var failed = 0
    private(set) var suspected = 0
    private(set) var retrying = 0
    private(set) var ready = 0

    var count: Int { storage.count - head }
    var isEmpty: Bool { head == storage.count }
    var first: Piece? { isEmpty ? nil : storage[head] }

    subscript(index: Int) -> Piece { storage[head + index] }

    /// Puts a piece in its place.
    mutating func insert(_ piece: Piece) {
        tally(piece, 1)
        let first = piece.first
        guard let last = storage.last, !isEmpty, first < last.first else {
            storage.append(piece)
            return
        }
        let index = head + index(notBefore: first)
        if index == head, head > 0 {
            head -= 1
            storage[head] = piece
        } else {
            storage.insert(piece, at: index)
        }
    }

    /// Takes a piece out.
    mutating func remove(at index: Int) -> Piece {
        let piece = storage[head + index]
        tally(piece, -1)
        guard index == 0 else {
            storage.remove(at: head + index)
            return piece
        }
        storage[head].records = RecordRun()  // let go of the list and of the text
        storage[head].message = ""
        head += 1
        if head * 2 >= storage.count {  // at least as much to drop as to move
            storage.removeFirst(head)
            head = 0
        }
        return piece
    }

    /// Changes a piece, though not its records.
    mutating func modify(at index: Int, _ change: (inout Piece) -> Void) {
        tally(storage[head + index], -1)
        change(&storage[head + index])
        tally(storage[head + index], 1)
    }

    /// The index of the piece that begins with `record`.
    func index(of record: RecordID) -> Int? {
        let index = index(notBefore: record)
        return index < count && !(record < self[index].first) ? index : nil
    }

    /// The index of the first piece that does not begin before `record`.
    private func index(notBefore record: RecordID) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle].first < record { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func tally(_ piece: Piece, _ sign: Int) {
        records += sign * piece.records.count
        weight += sign * piece.weight
        failed += piece.hasFailed ? sign : 0
        suspected += piece.isSuspected ? sign : 0
        retrying += piece.state == .retry ? sign : 0
        ready += piece.state == .ready ? sign : 0
    }
}
