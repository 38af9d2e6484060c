import Kafka

/// A producer of a lane, with what the lane must remember of it. Used on the lane's thread.
final class SinkOutlet {
    /// What it is for.
    enum Kind: Sendable, Hashable {
        /// Everything, in large requests, gapless.
        case main
        /// The shards that had a record refused: a record a request.
        case careful
    }

    let connection: SinkConnection
    /// Records without a report.
    var outstanding = 0
    /// Set when nothing more may be produced by it.
    private(set) var broken: String?
    /// Set when we broke it ourselves.
    private(set) var isAbandoned = false
    /// Set when it lost count.
    private var isOutOfSequence = false
    /// Set when another takes its place as soon as its records are answered.
    var isLeaving = false
    /// Deliveries that have ended, with failures whose meaning shows when all reports are there.
    var held: [Int] = []
    /// Whether a report blamed a record.
    var hasRefusal = false
    /// What it broke of, where a report says that better than the producer does.
    var complaint: String?
    /// Failed records that may be in the log.
    var mayHaveLanded = 0
    /// When to take back what was put back in the queue since, monotonic milliseconds.
    var nextPurge: Int64?

    // Reused from call to call.
    var batch = ProduceBatch(capacity: 1024)
    var reports: [DeliveryReport] = []
    var events: [ClientEvent] = []

    init(_ connection: SinkConnection) { self.connection = connection }

    var serial: Int { connection.serial }
    var kind: Kind { connection.kind }

    /// Whether records may be given to it.
    var isUsable: Bool { broken == nil && !isLeaving }

    /// Finds out whether it is fatal; true when that is news.
    func noteIfFatal() -> Bool {
        guard broken == nil, let error = connection.producer.fatalError else { return false }
        broken = error.message
        isOutOfSequence = RefusalRules.isSequence(error.code)
        return true
    }

    /// Gives up everything that it has. What was on the wire may land all the same.
    func abandon() {
        isAbandoned = true
        if broken == nil { broken = "given up" }
        takeBack()
    }

    /// Takes back what is in the queue; when it was given up also what is on the wire.
    func takeBack() {
        if isAbandoned { connection.producer.purgeInFlight() }
        connection.producer.purgeQueued()
    }

    /// Why it broke, for whom it matters; only meaningful once every report is there.
    var cause: (cause: RefusalRules.Cause, text: String)? {
        guard let broken else { return nil }
        if isAbandoned { return (.abandoned, broken) }
        if hasRefusal { return (.record, broken) }
        return (isOutOfSequence ? .sequence : .endpoint, complaint ?? broken)
    }
}
