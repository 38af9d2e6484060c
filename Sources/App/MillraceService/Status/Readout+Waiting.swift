import Millrace
import MillraceEngine
import Platform

/// What a shard waits for, in words.
struct Waiting: Sendable, Hashable {
    /// The word of `status`: `breaker:clean`.
    let reason: String
    let since: Timestamp
    /// The last error of what it waits for.
    let error: String?
    /// What happens next, or what a person can do.
    let next: String
    /// Whether something is wrong, rather than just nothing there to do.
    let isTrouble: Bool
}

extension Readout {
    /// What `shard` waits for; nil when it moves.
    func waiting(_ shard: ShardSnapshot) -> Waiting? {
        if shard.isParkedByPolicy, let offset = tally.killers[shard.shard] {
            return make(
                shard, "parked", tally.parkedFor[shard.shard],
                "stands still until it is given up: millrace skip CONFIG --shard \(shard.shard) --offset \(offset) --reason …"
            )
        }
        if shard.isParkedByPolicy {
            let next =
                facts.deadLetterTopic == nil
                ? "stands still until the record can be taken: correct the pipeline and restart, or give it a "
                    + "dead letter topic"
                : "stands still: source.on_gap is park; without it a restart goes on behind the loss"
            return make(shard, "parked", tally.parkedFor[shard.shard], next)
        }
        if let silence = silence(shard) { return silence }
        switch shard.waiting {
        case .closed, .drain: return make(shard, "drain", nil, "ends when what is in flight is done", isTrouble: false)
        case .parked(let sink):
            return make(shard, "parked", failure(sink), "goes on after: \(command("resolve", sink)) --retry")
        case .paused:
            return make(shard, "paused", nil, "goes on after: \(resume(shard.shard))", isTrouble: false)
        case .deadLetters:
            return make(
                shard, "dlq", tally.letterFailure?.message,
                "goes on once the dead letter is written; it is tried again\(inTime(shard))",
                isTrouble: tally.letterFailure != nil)
        case .suspectOutage(let sink):
            let every = Figures.time(facts.sinks[sink].recoveryTimeout)
            return make(
                shard, "suspect_outage:\(name(sink))", failure(sink),
                "asks again every \(every)\(inTime(shard, at: sink, after: ", next")); or decide: "
                    + "\(command("resolve", sink)) --retry, or --poison")
        case .breaker(let sink): return make(shard, "breaker:\(name(sink))", failure(sink), probe(sink))
        case .retry(let sink):
            return make(
                shard, "retry:\(name(sink))", failure(sink),
                "is tried again\(inTime(shard, at: sink)), each time a little later")
        case .full(let sink):
            // A sink may be full for ever: its file cannot be opened, say.
            let error = isStuck(shard, sink) ? clientErrors[name(sink)] : nil
            return make(
                shard, "full:\(name(sink))", error,
                error == nil ? "goes on when the sink has room" : "is tried again by itself; nothing is lost",
                isTrouble: error != nil)
        case .credit:
            return make(
                shard, "credit", nil, "goes on when other batches have given back memory (limits.memory)",
                isTrouble: false)
        case .input: return input(shard)
        }
    }

    /// A required sink that has not answered for long; its client tries again by itself. Only where the machine has nothing
    /// to say of a failure: it knows more.
    private func silence(_ shard: ShardSnapshot) -> Waiting? {
        switch shard.waiting {
        case .input, .credit, .full, .drain: break
        case .closed, .parked, .paused, .deadLetters, .suspectOutage, .breaker, .retry: return nil
        }
        guard let (sink, since) = silentSink(shard, for: Readout.pause) else { return nil }
        return Waiting(
            reason: "retry:\(name(sink))", since: moment(since),
            error: clientErrors[name(sink)] ?? "it does not answer",
            next: "its client tries again by itself; nothing is lost", isTrouble: now - since > Readout.patience)
    }

    /// Whether `shard` has waited long for room at `sink`, which complains of something.
    func isStuck(_ shard: ShardSnapshot, _ sink: Int) -> Bool {
        shard.waiting == .full(sink: sink) && facts.sinks[sink].isRequired && now - shard.since > Readout.patience
            && clientErrors[name(sink)] != nil
    }

    /// The required sink that has not answered a delivery of `shard` for longer than `pause`, and since when.
    func silentSink(_ shard: ShardSnapshot, for pause: Int64 = patience) -> (sink: Int, since: Int64)? {
        for (sink, submitted) in shard.unanswered.enumerated() where facts.sinks[sink].isRequired {
            if let submitted, now - submitted > pause { return (sink, submitted) }
        }
        return nil
    }

    /// From when on a shard counts as waiting for a sink's answer, milliseconds: one that flows has it in less.
    static let pause: Int64 = 3_000

    /// How long a sink may take for an answer before it is told as silent, milliseconds: longer than any sink's own flush.
    static let patience: Int64 = 10_000

    private func input(_ shard: ShardSnapshot) -> Waiting? {
        if let problem = heldUp[shard.shard] {
            return Waiting(
                reason: "broker", since: problemSince ?? moment(shard.since), error: problem,
                next: "is tried again by itself", isTrouble: true)
        }
        if let problem = shard.problem {
            return Waiting(
                reason: "broker", since: moment(shard.problemSince ?? shard.since), error: problem,
                next: "is tried again each second",
                isTrouble: true)
        }
        if let lag = lag(shard), lag > 0 { return nil }
        if let open = transaction(shard) { return open }
        return make(shard, "input", nil, "goes on with the next record", isTrouble: false)
    }

    /// A transaction that has been open for long where `shard` is read next.
    private func transaction(_ shard: ShardSnapshot) -> Waiting? {
        guard let open = pending[shard.shard], now - open.since > Readout.pause, shard.position >= open.offset else {
            return nil
        }
        let offsets = Figures.counted(open.count, "offset")
        return Waiting(
            reason: "input", since: moment(open.since),
            error: "open transaction: it began at offset \(open.offset), \(offsets) from there on wait for its end",
            next: "goes on when its producer commits or aborts it; at the latest after its transaction.timeout.ms",
            isTrouble: now - open.since > Readout.patience)
    }

    private func make(
        _ shard: ShardSnapshot, _ reason: String, _ error: String?, _ next: String, isTrouble: Bool = true
    ) -> Waiting {
        Waiting(reason: reason, since: moment(shard.since), error: error, next: next, isTrouble: isTrouble)
    }

    /// In which time the next attempt is due: not before the breaker of `sink` lets one through.
    private func inTime(_ shard: ShardSnapshot, at sink: Int? = nil, after word: String = "") -> String {
        guard let due = shard.nextTry else { return "" }
        let allowed = sink.flatMap { probeTime($0) } ?? due
        return "\(word) in \(Figures.time(max(0, max(due, allowed) - now)))"
    }

    /// When the breaker of `sink` lets a delivery through, monotonic milliseconds; nil unless it is open.
    private func probeTime(_ sink: Int) -> Int64? {
        guard tally.sinks[sink].breaker == .opened else { return nil }
        return tally.sinks[sink].openedAt + facts.sinks[sink].recoveryTimeout
    }

    private func name(_ sink: Int) -> String { facts.sinks[sink].name }

    private func failure(_ sink: Int) -> String? { tally.sinks[sink].lastFailure?.message }

    private func command(_ verb: String, _ sink: Int) -> String {
        "millrace \(verb) \(facts.path) --sink \(name(sink))"
    }

    private func resume(_ shard: ShardID) -> String {
        let hold = holds.first { $0.shard == shard } ?? holds.first { $0.sink != nil }
        guard let sink = hold?.sink, hold?.shard == nil else { return "millrace resume \(facts.path) --shard \(shard)" }
        return command("resume", sink)
    }

    private func probe(_ sink: Int) -> String {
        guard let time = probeTime(sink) else { return "one delivery asks now whether the sink is back" }
        let left = time - now
        return left > 0 ? "one delivery asks again in \(Figures.time(left))" : "one delivery asks now"
    }
}
