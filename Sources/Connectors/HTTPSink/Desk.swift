import HTTPClient
import Millrace

/// The jobs that wait or are under way: pure, behind the sink's lock. Times are monotonic milliseconds.
///
/// A job goes in while all of them keep to `limit` bytes, or when there is none; so the bound is `limit` and one
/// delivery, which a batch bounds.
struct Desk: Sendable {
    private let limit: Int
    private let concurrency: Int
    private var waiting: [HTTPJob] = []
    private var running: [Running] = []
    private var bytes = 0
    private var full: [SinkAddress] = []
    private var holdEnds: Int64 = 0
    private var isClosing = false

    private struct Running: Sendable {
        let address: SinkAddress
        let ticket: Int
        var call: HTTPPool.CallID?
        var isGone = false
    }

    private var lastTicket = 0

    init(limit: Int, concurrency: Int) {
        self.limit = limit
        self.concurrency = concurrency
    }

    /// Puts a job behind the others, or answers false; then its shard is among those that ``free(_:)`` names.
    mutating func put(_ job: HTTPJob) -> Bool {
        guard bytes == 0 || bytes + job.size <= limit else {
            full.append(job.address)
            return false
        }
        bytes += job.size
        waiting.append(job)
        return true
    }

    /// The job whose turn it is, with a ticket for the time that it is under way. There are at most as many jobs as
    /// shards, so the others may move up.
    mutating func takeFirst(now: Int64) -> (job: HTTPJob, ticket: Int)? {
        guard !isClosing, !waiting.isEmpty, running.count < concurrency, now >= holdEnds else { return nil }
        let job = waiting.removeFirst()
        lastTicket += 1
        running.append(Running(address: job.address, ticket: lastTicket))
        return (job, lastTicket)
    }

    /// When something that waits may be sent, where nothing but the pause is in its way.
    func nextTurn(now: Int64) -> Int64? { waiting.isEmpty || holdEnds <= now ? nil : holdEnds }

    /// Nothing is sent before `time`.
    mutating func hold(until time: Int64) { holdEnds = max(holdEnds, time) }

    /// A job that is under way and has another request to make: whether it may do so at once. One that may not goes back
    /// to the front, or is over because its shard is.
    enum Next: Sendable, Equatable { case goOn, waits, isGone }

    /// What follows for a job whose request has ended well and that has another one.
    mutating func resume(_ job: HTTPJob, _ ticket: Int, now: Int64) -> Next {
        guard let place = running.firstIndex(where: { $0.ticket == ticket }) else { return .isGone }
        if running[place].isGone || isClosing { return .isGone }
        if now >= holdEnds { return .goOn }
        running.remove(at: place)
        waiting.insert(job, at: 0)
        return .waits
    }

    /// The request of a ticket is called `call`; answers whether it is to be cancelled at once.
    mutating func name(_ ticket: Int, _ call: HTTPPool.CallID) -> Bool {
        guard let place = running.firstIndex(where: { $0.ticket == ticket }) else { return false }
        running[place].call = call
        return running[place].isGone
    }

    /// The job of a ticket is over.
    mutating func end(_ ticket: Int) { running.removeAll { $0.ticket == ticket } }

    /// Takes what waits of a shard and epoch out again, and names the requests of it that are under way.
    mutating func abandon(_ address: SinkAddress) -> (jobs: [HTTPJob], calls: [HTTPPool.CallID]) {
        let gone = waiting.filter { $0.address.isSame(as: address) }
        waiting.removeAll { $0.address.isSame(as: address) }
        full.removeAll { $0.isSame(as: address) }
        var calls: [HTTPPool.CallID] = []
        for place in running.indices where running[place].address.isSame(as: address) {
            running[place].isGone = true
            if let call = running[place].call { calls.append(call) }
        }
        return (gone, calls)
    }

    /// A job's bytes are free. Answers who was full and has room now: at half of the limit.
    mutating func free(_ size: Int) -> [SinkAddress] {
        bytes -= size
        guard bytes <= limit / 2 else { return [] }
        defer { full = [] }
        return full
    }

    /// Nothing begins any more.
    mutating func close() { isClosing = true }
}
