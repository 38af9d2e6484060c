/// What a shard waits for as people see it, and since when. Pure.
///
/// While a sink is in trouble the machine's reason goes to and fro: a retry waits, an attempt is under way and nothing is
/// waited for, it fails, the breaker opens, half opens and opens again. To people that is one trouble, from the first
/// failure to the first delivery.
struct Hindrance {
    /// What is shown.
    private(set) var waiting = ShardWait.input
    /// Since when, monotonic milliseconds.
    private(set) var since: Int64
    /// What the machine said last.
    private var told = ShardWait.input

    init(now: Int64) { since = now }

    /// The machine waits for something else. `isTrying` tells of a sink whether an attempt is under way there.
    mutating func hear(_ reason: ShardWait, isTrying: (_ sink: Int) -> Bool, now: Int64) {
        told = reason
        if let sink = waiting.sinkInTrouble {
            if reason.sinkInTrouble == sink {
                waiting = reason
                return
            }
            if reason == .input || reason == .credit, isTrying(sink) { return }
        }
        show(reason, now)
    }

    /// `sink` has delivered something of the shard.
    mutating func delivered(by sink: Int, now: Int64) {
        guard waiting.sinkInTrouble == sink else { return }
        show(told, now)
    }

    private mutating func show(_ reason: ShardWait, _ now: Int64) {
        waiting = reason
        since = now
    }
}

extension ShardWait {
    /// The sink that has failed and is asked again.
    fileprivate var sinkInTrouble: Int? {
        switch self {
        case .suspectOutage(let sink), .breaker(let sink), .retry(let sink): sink
        case .closed, .parked, .paused, .deadLetters, .full, .drain, .credit, .input: nil
        }
    }
}
