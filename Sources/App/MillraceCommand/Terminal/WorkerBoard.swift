/// How a worker stands, as a view shows it: plain values, wherever they come from.
struct WorkerBoard: Sendable {
    /// A shard.
    struct Shard: Sendable {
        /// `orders:0`
        var name: String
        var epoch: Int
        /// The lowest offset that is not safe.
        var checkpoint: Int64
        /// Where its log ends; nil where that is not known.
        var end: Int64?
        /// Records a second that became safe lately; nil where that is not known yet.
        var rate: Double?
        /// What it waits for in the words of `status`, `breaker:clean` say; nil while it moves.
        var waiting: String?
        /// How long it has waited, milliseconds.
        var waitingFor: Int64?
    }

    /// A sink.
    struct Sink: Sendable {
        /// Its name in the config.
        var name: String
        var isRequired: Bool
        /// `closed`, `half open`, or `open` and what comes next.
        var breaker: String
        /// Whether it is not closed.
        var isDown: Bool
        var filtered: Int
        var delivered: Int
        var dead: Int
        var inFlight: Int
        /// Records a second that were delivered lately; nil where that is not known yet.
        var rate: Double?
        /// What it last complained of; empty where it has not.
        var lastError: String
    }

    /// A dead letter.
    struct Letter: Sendable {
        /// `06:59:58`
        var time: String
        /// `orders:3:20911`
        var origin: String
        var stage: String
        var reason: String
        var error: String
    }

    /// What stands on the first line, piece by piece.
    var heading: [String]
    /// Records read, again or not.
    var read: Int
    /// Whether the books balance at every sink.
    var isBalanced: Bool
    var shards: [Shard]
    var sinks: [Sink]
    /// Where dead letters go.
    var letterTopic: String
    /// How many dead letters each stage has given, by the stage's name.
    var letterCounts: [(stage: String, count: Int)]
    /// The newest dead letters, the newest first.
    var letters: [Letter]
    /// What is going on, in words: a paragraph, and whether it tells of something that is wrong.
    var words: String
    var isTrouble: Bool
    /// What the keys do: `p`, `poison`.
    var keys: [(key: String, meaning: String)]
}
