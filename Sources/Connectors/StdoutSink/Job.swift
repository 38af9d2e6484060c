import Glibc
import Millrace
import Platform

/// A delivery as lines, with what is needed to answer it.
struct Job: Sendable {
    /// The lines of the records up to the first that can be none.
    let lines: ByteBuffer
    /// Where the line of each of these records ends.
    let ends: [Int]
    /// The number of records in the delivery.
    let records: Int
    let delivery: Int

    /// Copies the lines of `delivery`, which end at `ends`. A tombstone has none and counts as written.
    init(_ delivery: Delivery, ends: [Int]) {
        let lines = ByteBuffer(capacity: ends.last ?? 0)
        for index in ends.indices where !delivery[index].isTombstone {
            lines.append(delivery.payload(index))
            lines.append(Job.feed)
        }
        self.lines = lines
        self.ends = ends
        records = delivery.count
        self.delivery = delivery.number
    }

    /// Where the lines of the records end, up to the first that can be none.
    static func ends(of delivery: Delivery) -> [Int] {
        var ends: [Int] = []
        var size = 0
        ends.reserveCapacity(delivery.count)
        while ends.count < delivery.count, delivery.payload(ends.count).firstIndex(of: Job.feed) == nil {
            size += delivery[ends.count].isTombstone ? 0 : delivery[ends.count].payloadCount + 1
            ends.append(size)
        }
        return ends
    }

    private static let feed = UInt8(ascii: "\n")
    private static let untried = Failure(.untried, "stood behind a failure")
    private static let poison = Failure(
        .poison, "the payload has a line feed in it, and the sink writes a line a record")

    /// The failures to report after a write that came so far: nothing behind the first of them has landed.
    func failures(after progress: LineOutput.Progress) -> [IndexedFailure] {
        if let error = progress.error {
            let first = ends.firstIndex { $0 > progress.count } ?? max(ends.count - 1, 0)
            return failures(from: first, Job.failure(error))
        }
        return ends.count < records ? failures(from: ends.count, Job.poison) : []
    }

    /// What is said of a job that was given up before its turn.
    var untriedFailures: [IndexedFailure] { failures(from: 0, Job.untried) }

    private func failures(from first: Int, _ failure: Failure) -> [IndexedFailure] {
        (first..<records).map { IndexedFailure($0, $0 == first ? failure : Job.untried) }
    }

    private static func failure(_ error: SystemError) -> Failure {
        if error.isBrokenPipe { return Failure(.fatal, "nobody reads standard output any more") }
        return Failure(error.code == EBADF ? .fatal : .transient, "\(error)")
    }
}
