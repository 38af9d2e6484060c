import Millrace
import Platform

/// A payload a line on standard output, written by a thread of its own, since a pipe blocks as long as its reader likes.
///
/// A delivery is answered when the system has taken all of its lines, and one of a shard is on its way at a time.
final class StdoutSink: Sink {
    /// How long the end waits for a reader that does not read.
    private static let patience: Int64 = 1_000_000_000

    let ordering = SinkOrdering.ordered
    private let jobs: Locked<Jobs>
    private let news = Condition()
    private let thread: Thread

    /// A sink that writes to `output` and holds at most `memory` bytes and one delivery.
    init(output: LineOutput, memory: Int) throws(SystemError) {
        let jobs = Locked(Jobs(limit: max(memory, 1)))
        let news = news
        self.jobs = jobs
        thread = try Thread(name: "stdout-sink") { StdoutSink.run(output, jobs, news) }
    }

    func open(_ lane: LaneContext) throws(MillraceError) -> any SinkLane { StdoutSinkLane(lane: lane, sink: self) }

    func close() {
        jobs.withLock { $0.isClosing = true }
        news.signal()
        // A write that hangs is left to the end of the process.
        thread.join(until: MonotonicClock.now() + Self.patience)
    }

    /// Whether a delivery of `size` bytes may be put.
    func reserve(_ size: Int, _ address: SinkAddress) -> Bool { jobs.withLock { $0.reserve(size, address) } }

    /// Gives a job to the thread.
    func put(_ job: Job, _ address: SinkAddress) {
        jobs.withLock { $0.put(Jobs.Entry(job: job, address: address)) }
        news.signal()
    }

    /// Answers what the thread has not begun of a shard and epoch: nothing of it will be written.
    func abandon(_ address: SinkAddress) {
        let gone = jobs.withLock { $0.remove(address) }
        for entry in gone { Self.end(entry, entry.job.untriedFailures, jobs) }
    }

    private static func run(_ output: LineOutput, _ jobs: Locked<Jobs>, _ news: Condition) {
        while let entry = next(jobs, news) {
            let progress = output.write(entry.job.lines)
            end(entry, entry.job.failures(after: progress), jobs)
        }
    }

    /// The next job, nil at the end.
    private static func next(_ jobs: Locked<Jobs>, _ news: Condition) -> Jobs.Entry? {
        let answer: Jobs.Entry?? = jobs.wait(on: news) { jobs in
            if let entry = jobs.takeFirst() { return .some(entry) }
            return jobs.isClosing ? .some(nil) : nil
        }
        return answer ?? nil
    }

    private static func end(_ entry: Jobs.Entry, _ failures: [IndexedFailure], _ jobs: Locked<Jobs>) {
        let room = jobs.withLock { jobs in
            jobs.free(entry.job.lines.count)
            return jobs.takeRoom()
        }
        entry.address.report(.done(delivery: entry.job.delivery, failures: failures))
        for address in room { address.report(.room) }
    }
}
