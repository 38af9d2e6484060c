import Millrace
import MillraceEngine
import Platform

/// Watches the demo: a line every five seconds, and when it is over.
final class DemoProgress: Sendable {
    private let traffic: DemoTraffic
    private let output: StandardStream
    private let start = MonotonicClock.milliseconds()
    private let limit: Int64?
    private let nextLine: Locked<Int64>

    /// Watches `traffic`; `limit` is how long the demo goes on, in milliseconds.
    init(_ traffic: DemoTraffic, output: StandardStream, limit: Int64?) {
        self.traffic = traffic
        self.output = output
        self.limit = limit
        nextLine = Locked(start + 5_000)
    }

    /// How things stand; whether the demo is over.
    func look(_ snapshot: WorkerSnapshot, _ source: any Source) -> Bool {
        traffic.hear(read: snapshot.read)
        let now = MonotonicClock.milliseconds()
        let isDue = nextLine.withLock { next in
            guard now >= next else { return false }
            next += 5_000
            return true
        }
        if isDue { output.writeLine(line(snapshot, seconds: (now - start) / 1_000)) }
        if let limit, now - start >= limit { return true }
        // A record may have been read twice (a sink's loss, a hand-over), so that reading alone says little.
        return traffic.isFinished && snapshot.read >= traffic.sent && snapshot.books.allSatisfy { $0.inFlight == 0 }
    }

    private func line(_ snapshot: WorkerSnapshot, seconds: Int64) -> String {
        let books = snapshot.books
        return
            "\(seconds)s   read \(snapshot.read)  filtered \(books[0].filtered)  delivered clean=\(books[0].delivered)"
            + " archive=\(books[1].delivered)  dead \(books[0].deadLettered)  waiting \(traffic.sent - snapshot.read)"
    }
}
