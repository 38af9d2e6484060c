import Millrace

/// A delivery, or what is left of one: ascending records of one batch that go to a stage together.
struct Piece: Sendable {
    /// What a piece in the queue waits for.
    enum State: Sendable {
        /// Its turn.
        case ready
        /// Its back-off.
        case retry
        /// It stands alone without a verdict: a witness, or its next probe.
        case suspect
    }

    var records: RecordRun
    let batch: Int
    /// The first record of the delivery that it came from: what the breaker tells deliveries apart by.
    let root: RecordID
    var weight: Int
    var path = BisectionPath()
    var state = State.ready
    /// Failed attempts that count against the quota.
    var attempts = 0
    /// All attempts, for the dead letter.
    var tries = 0
    /// When it first failed.
    var since: Milliseconds?
    /// The domain's latest submit when it first failed: only a later one can be its witness.
    var born = FaultDomain.Serial.max
    /// The class and message of the last failure.
    var kind: FailureClass?
    var message = ""
    /// Of poison: that it is so by its size.
    var isTooLarge = false
    /// It failed, or stood behind something that failed: nothing later may overtake it.
    var hasFailed = false
    var isBisecting = false
    var isProbe = false
    /// The domain delivered another record since the failure began …
    var isWitnessed = false
    /// … and had done so before this attempt was submitted.
    var isArmed = false
    /// It stands alone without a verdict, also while it is probed.
    var isSuspected = false
    /// The operator gave it up while its probe was in flight: the next failure is the last.
    var isDoomed = false
    /// It stood behind a loss: its records are read again, and only its answer is awaited.
    var isGone = false

    init(records: RecordRun, batch: Int, root: RecordID, weight: Int) {
        self.records = records
        self.batch = batch
        self.root = root
        self.weight = weight
    }

    /// The first record, by which queues and timers know the piece.
    var first: RecordID { records[records.startIndex] }

    var isAlone: Bool { records.count == 1 }

    /// The weight of `count` of its records.
    func share(of count: Int) -> Int {
        count == records.count ? weight : weight * count / records.count
    }

    /// A part of a piece that failed: its quota starts anew.
    func part(_ records: RecordRun) -> Piece {
        var part = self
        part.records = records
        part.weight = share(of: records.count)
        part.attempts = 0
        part.state = .ready
        part.hasFailed = true
        part.isProbe = false
        return part
    }
}
