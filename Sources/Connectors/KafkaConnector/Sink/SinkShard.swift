import Millrace

/// What a lane of the Kafka sink knows of a shard in one epoch, and whether the next delivery may go.
///
/// The order of a shard hangs on one question: did the machine know, when it submitted this, of everything that has
/// failed? There are three answers, because there are three kinds of failure:
/// - **Told, with a verdict** (anything but `untried`): the machine counts those, and a delivery says how many it had
///   heard of. One that had heard of fewer is answered `untried`.
/// - **Not told yet**: some record of the shard has failed, but its delivery has not ended. Nothing is taken: full. `room`
///   follows behind the answers, by the same way, so whoever has heard of the room has heard of them.
/// - **Told as `untried` alone**, which the machine does not count: here the producer broke by another shard's record.
///   What comes in ignorance of that is new, behind everything the shard ever had, while the machine sends what it has
///   heard of first. So the first new delivery gets `full` once, and `room` behind the answers, as above. (A machine that
///   has abandoned all of it sends something new in full knowledge: it loses a turn.)
struct SinkShard: Sendable {
    /// What to do with a delivery.
    enum Admission: Sendable, Hashable {
        /// Send it.
        case take
        /// Take nothing, and say `room` when the time has come.
        case full
        /// Answer `untried` for all of it.
        case untried
    }

    /// What must happen before there is room again.
    enum Want: Sendable, Hashable {
        /// Failures that are known have been told.
        case answers
        /// A producer of this kind is there.
        case outlet(SinkOutlet.Kind)
        /// What another producer has of the shard has been answered.
        case drained
        /// Bytes are free.
        case budget
        /// The topic's limit has been read more often than so.
        case limit(readings: Int)
    }

    let shard: ShardID
    let epoch: Int
    /// Answers that named a failure with a verdict.
    private(set) var told = 0
    /// Deliveries in flight.
    private(set) var flights = 0
    /// The producer that has them.
    private(set) var outlet = 0
    /// How many of them have a failed record.
    private(set) var failing = 0
    private var hasToldUntried = false
    private var highest: RecordID?
    private var careThrough: RecordID?
    /// What the shard waits for with a delivery that was not taken.
    private(set) var want: Want?

    init(_ shard: ShardID, epoch: Int) {
        self.shard = shard
        self.epoch = epoch
    }

    /// Whether a delivery that begins with `first` may go, by what the machine had heard.
    mutating func admit(first: RecordID, heard: Int) -> Admission {
        if heard < told { return .untried }
        if failing > 0 { return wait(for: .answers) }
        guard hasToldUntried else { return .take }
        if let highest, first > highest { return wait(for: .answers) }
        hasToldUntried = false
        return .take
    }

    /// Nothing (more) was taken until `want` is there.
    @discardableResult mutating func wait(for want: Want) -> Admission {
        self.want = want
        return .full
    }

    /// Whether a delivery that begins with `first` goes a record a request, because one among them was refused.
    func needsCare(first: RecordID) -> Bool { careThrough.map { first <= $0 } ?? false }

    /// Whether the shard may use a producer: not while another has some of its records, which would be overtaken.
    func mayUse(outlet serial: Int) -> Bool { flights == 0 || outlet == serial }

    /// A delivery up to and with `last` is on its way.
    mutating func took(through last: RecordID, outlet serial: Int) {
        flights += 1
        outlet = serial
        highest = max(highest ?? last, last)
    }

    /// A first record of a delivery in flight has failed.
    mutating func fails() { failing += 1 }

    /// A delivery has ended and is being told: whether it had failures, and one with a verdict among them; `care` is the
    /// last record that must go carefully from now on.
    mutating func ended(hasFailures: Bool, hasVerdict: Bool, care: RecordID?) {
        flights -= 1
        if hasFailures { failing -= 1 }
        if hasVerdict { told += 1 } else if hasFailures { hasToldUntried = true }
        if let care { careThrough = max(careThrough ?? care, care) }
    }

    /// Room is being told, behind all answers so far.
    mutating func roomTold() {
        want = nil
        hasToldUntried = false
    }
}
