import HTTPClient
import Millrace
import Platform

/// Deliveries as POST requests: one of a shard at a time, `concurrency` of all shards side by side.
///
/// Lanes put jobs on the desk; whoever finds a turn free, a lane or the pool's thread, begins the next request. A server
/// that asks for a pause (`Retry-After`) holds the whole sink; the lane that heard of it begins again at its end.
final class HTTPSink: Sink {
    let ordering = SinkOrdering.ordered
    private let settings: HTTPSettings
    private let pool: HTTPPool
    private let desk: Locked<Desk>

    /// A sink that holds at most `memory` bytes and one delivery.
    init(_ settings: HTTPSettings, memory: Int) throws(HTTPClientError) {
        self.settings = settings
        pool = try HTTPPool(name: "http-sink", connections: settings.concurrency)
        desk = Locked(Desk(limit: max(memory, 1), concurrency: settings.concurrency))
    }

    func open(_ lane: LaneContext) throws(MillraceError) -> any SinkLane { HTTPSinkLane(lane: lane, sink: self) }

    func close() {
        desk.withLock { $0.close() }
        pool.close()
    }

    /// Takes a job, or answers false.
    func put(_ job: HTTPJob) -> Bool {
        guard desk.withLock({ $0.put(job) }) else { return false }
        beginWhatMay()
        return true
    }

    /// Begins what has its turn; answers when to come again, in monotonic milliseconds, where a pause is in the way.
    @discardableResult
    func beginWhatMay() -> Int64? {
        while let (job, ticket) = desk.withLock({ $0.takeFirst(now: Self.now()) }) { begin(job, ticket) }
        return desk.withLock { $0.nextTurn(now: Self.now()) }
    }

    /// Gives a shard and epoch up: nothing of it is sent from now on, and what is being sent is cut off.
    func abandon(_ address: SinkAddress) {
        let gone = desk.withLock { $0.abandon(address) }
        for call in gone.calls { pool.cancel(call) }
        for job in gone.jobs { report(job, job.untriedFailures) }
    }

    private func begin(_ job: HTTPJob, _ ticket: Int) {
        var job = job
        switch job.begin(settings) {
        case .end(let failures): end(job, ticket, failures)
        case .call(let call):
            let begun = job
            let id = pool.send(call) { result in self.hear(result, begun, ticket) }
            if desk.withLock({ $0.name(ticket, id) }) { pool.cancel(id) }
        }
    }

    private func hear(_ result: Result<HTTPAnswer, HTTPClientError>, _ job: HTTPJob, _ ticket: Int) {
        var job = job
        let pause = HTTPVerdict.hold(result)
        if pause > 0 { desk.withLock { $0.hold(until: Self.now() + Int64(pause) * 1000) } }
        if let failures = job.hear(result, settings) { return end(job, ticket, failures) }
        let again = job
        switch desk.withLock({ $0.resume(again, ticket, now: Self.now()) }) {
        case .goOn: begin(job, ticket)
        case .waits: break
        case .isGone: end(job, ticket, job.untriedFailures)
        }
    }

    private func end(_ job: HTTPJob, _ ticket: Int, _ failures: [IndexedFailure]) {
        desk.withLock { $0.end(ticket) }
        report(job, failures)
        beginWhatMay()
    }

    private func report(_ job: HTTPJob, _ failures: [IndexedFailure]) {
        let room = desk.withLock { $0.free(job.size) }
        job.address.report(.done(delivery: job.delivery.number, failures: failures))
        for address in room { address.report(.room) }
    }

    private static func now() -> Int64 { MonotonicClock.now() / 1_000_000 }
}
