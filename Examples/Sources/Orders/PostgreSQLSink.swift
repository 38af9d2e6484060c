import Dispatch
import Millrace

/// Writes deliveries over one connection, each as one transaction: all of its rows or none.
///
/// A delivery that was written although its answer was lost is written again: the same rows, so nothing changes.
actor PostgreSQLSink: AsyncSink {
    private let upsert: Upsert
    private let timeout: Int64
    private let thread = BlockingExecutor("postgresql")
    private var connection: Connection?

    init(_ upsert: Upsert, timeout: Int64) {
        self.upsert = upsert
        self.timeout = timeout
    }

    /// libpq waits for the server, which no thread of the shared pool may do.
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    func write(_ delivery: Delivery) -> [IndexedFailure] {
        // The shard went to another worker while this delivery waited for its turn.
        if Task.isCancelled { return delivery.failed(Failure(.untried, "handed back")) }
        do throws(ServerError) {
            if connection == nil { connection = try Connection(upsert, timeout: timeout) }
            try connection?.write(delivery)
            return []
        } catch {
            if error.endsConnection { connection = nil }
            let failure = Failure(error.kind, error.description)
            guard error.kind == .poison, let record = error.record else { return delivery.failed(failure) }
            return delivery.failed(at: record, failure)
        }
    }

    func close() { connection = nil }
}

/// Runs an actor's work on a queue of its own.
final class BlockingExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(_ label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
