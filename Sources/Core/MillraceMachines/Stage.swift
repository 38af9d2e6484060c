import Millrace

/// One stage of one shard during an epoch.
struct Stage: Sendable {
    /// A piece in flight.
    struct Flight: Sendable {
        let delivery: Int
        let serial: FaultDomain.Serial
        var piece: Piece
    }

    /// Records that the stage accepted and has not called safe.
    struct Owned: Sendable {
        let delivery: Int
        let serial: FaultDomain.Serial
        /// The records that it accepted.
        let accepted: RecordRun
        /// Those of them that are not safe yet.
        var records: RecordRun
    }

    let id: StageID
    let spec: StageSpec
    /// Submits so far, over all epochs.
    var deliveries = 0
    var cursor = Cursor(low: Position(offset: 0))
    var books = Books()
    /// Ascending by record.
    var queue = PieceQueue()
    /// Ascending by delivery; never more than the window.
    var flight: [Flight] = []
    var owned: [Owned] = []
    /// Dead letters of this stage that are not written yet.
    var letters = 0
    /// Dead letters that the cursor waits for: those of this stage, and of pure stages.
    var awaitedLetters = 0
    /// Records that the stage called poison after it had accepted them, with its messages: they become dead letters when
    /// they are read again, because their bytes are gone.
    var knownPoison: [RecordID: Failure] = [:]
    /// Failures and losses heard: a stage that has told of more holds back what was submitted without knowing of them.
    var heard = 0
    /// Losses since it last delivered.
    var losses = 0
    /// It backs off after a loss.
    var isHeld = false
    var isParked = false
    var isPaused = false
    var isFull = false
    /// An operator vouches for it, until it delivers something.
    var isVouchedFor = false
    var isFlushed = false

    init(id: StageID, spec: StageSpec) {
        self.id = id
        self.spec = spec
    }

    /// The same stage in a new epoch.
    func renewed(cursor: Cursor) -> Stage {
        var stage = Stage(id: id, spec: spec)
        stage.deliveries = deliveries
        stage.cursor = cursor
        return stage
    }

    /// Whether it has something to submit, and nothing but order and the breaker can be against it.
    var maySubmit: Bool {
        !queue.isEmpty && !isPaused && !isParked && !isHeld && !isFull
    }

    /// Whether something failed and is not resolved, so that nothing later may be submitted beside it.
    var isInTrouble: Bool {
        letters > 0 || queue.failed > 0 || flightHasFailed
    }

    /// Whether something in flight failed before, or flies behind something that failed.
    var flightHasFailed: Bool {
        flight.indices.contains { flight[$0].piece.hasFailed }
    }

    var isSuspected: Bool {
        queue.suspected > 0 || flight.indices.contains { flight[$0].piece.isSuspected }
    }

    /// Records that wait or fly, without those that will be read again.
    var pendingRecords: Int {
        flight.indices.reduce(queue.records) { flight[$1].piece.isGone ? $0 : $0 + flight[$1].piece.records.count }
    }

    /// The weight of the same.
    var pendingWeight: Int {
        flight.indices.reduce(queue.weight) { flight[$1].piece.isGone ? $0 : $0 + flight[$1].piece.weight }
    }

    var ownedRecords: Int {
        owned.reduce(0) { $0 + $1.records.count }
    }

    func flightIndex(of delivery: Int) -> Int? {
        flight.indices.first { flight[$0].delivery == delivery }
    }

    func ownedIndex(of delivery: Int) -> Int? {
        owned.indices.first { owned[$0].delivery == delivery }
    }
}
