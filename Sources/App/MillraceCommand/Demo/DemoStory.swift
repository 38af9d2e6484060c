/// What a person reads below the figures: what is going on, in words. Pure.
struct DemoStory: Sendable {
    /// Whether a shard was assigned already.
    var isReading: Bool
    /// Whether the end was asked for.
    var isEnding: Bool
    /// How long ago the last bad orders were sent by key, milliseconds.
    var injectedAgo: Int64?
    /// The latest bad order that the sink refused.
    var refusal: DemoTrouble.Refusal?
    /// How long the outage has lasted, milliseconds; nil where there is none.
    var outageFor: Int64?
    /// How long the last outage was, and how long ago it ended, milliseconds.
    var lastOutage: (length: Int64, ago: Int64)?
    /// How long the breaker of the sink has not been closed, milliseconds; nil while it is.
    var openFor: Int64?
    /// Records that are not safe yet.
    var lag: Int
    /// Whether the orders wait for the worker to read.
    var isHeldUp: Bool

    /// How long something stays worth telling, milliseconds.
    static let memory: Int64 = 25_000

    /// The words, and whether something is wrong.
    var text: (words: String, isTrouble: Bool) {
        if isEnding {
            return (
                "Ending: no more is read, and what was begun is finished and committed. Ctrl-C stops at once.", false
            )
        }
        if !isReading {
            return ("Joining the consumer group, which takes 3 s with the embedded broker.", false)
        }
        if let outageFor { return (outage(outageFor), true) }
        if openFor != nil { return (recovery, true) }
        if let lastOutage, lastOutage.ago < DemoStory.memory, lastOutage.ago < injectedAgo ?? .max {
            return (afterwards(lastOutage.length), false)
        }
        if let injectedAgo, injectedAgo < DemoStory.memory { return (poison, false) }
        return (rest, false)
    }

    private var rest: String {
        "All is well: orders are read from a topic, decoded, filtered, cut to three fields, and go to another topic "
            + "(clean) and to files (archive). Press p to send bad orders, or o to take clean down, and see what happens."
    }

    private var poison: String {
        let begin = "Poison: each p sends 3 bad orders. One is not base64 and one is cut short: each failed alone. "
        guard let refusal else { return begin + "The third is one that sink clean refuses." }
        guard refusal.isFound else {
            return begin + "The third made clean refuse \(refusal.records) orders at once: they are halved to find it."
        }
        guard refusal.records > 1 else {
            return begin + "The third was refused by clean, which took the others. All are in "
                + "\(DemoConfig.letters), untouched."
        }
        return begin + "The third made clean refuse \(refusal.records) orders at once; halving found it after "
            + "\(refusal.calls) refusals, and its neighbours were delivered. All are in \(DemoConfig.letters), untouched."
    }

    private func outage(_ length: Int64) -> String {
        let begin = "Outage: clean has been down for \(Figures.age(milliseconds: length)). "
        let breaker =
            openFor == nil
            ? "Its deliveries are tried again. "
            : "Its breaker is open: a single try now and then, to see if it is back. "
        let held = isHeldUp ? " (and no more are sent, as the embedded broker keeps few)" : ""
        return begin + breaker + "No order is at fault, so none becomes a dead letter: \(Figures.grouped(lag)) wait"
            + "\(held), and the checkpoints with them. Press o to bring it back."
    }

    private var recovery: String {
        "Clean is back. Its breaker lets one delivery through within 5 s; once that is delivered it closes, and the "
            + "\(Figures.grouped(lag)) orders that wait go on in order."
    }

    private func afterwards(_ length: Int64) -> String {
        let begin =
            "Clean is back after \(Figures.age(milliseconds: length)): its breaker closed with the first delivery. "
        // A second's orders are always on their way.
        if lag > 2_000 {
            return begin + "\(Figures.grouped(lag)) orders still wait, and are delivered in order."
        }
        return begin + "What waited was delivered in order; nothing was lost, and the outage made no dead letter."
    }
}
