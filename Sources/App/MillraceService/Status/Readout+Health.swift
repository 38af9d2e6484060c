import Millrace
import MillraceEngine

/// Whether the worker does its work.
extension Readout {
    /// Why the worker is not ready, a sentence each; none when it is.
    var troubles: [String] {
        switch phase {
        case .starting: return [waiting.map { "starting: \($0)" } ?? "starting"]
        case .draining: return ["draining"]
        case .stopped: return ["stopped"]
        case .running: break
        }
        var found: [String] = []
        if let problem { found.append(problem) } else if !hasJoined { found.append("joining the group") }
        for (index, sink) in facts.sinks.enumerated() where sink.isRequired {
            if tally.sinks[index].breaker != .closed { found.append("the breaker of sink \(sink.name) is open") }
            if waits(for: .suspectOutage(sink: index)) {
                found.append("sink \(sink.name) takes no record: it or they may be at fault")
            }
            if waits(for: .parked(sink: index)) { found.append("sink \(sink.name) is parked: it needs a person") }
        }
        for (index, sink) in facts.sinks.enumerated() {
            let error = clientErrors[sink.name].map { ": \($0)" } ?? ""
            let since = snapshot.shards.compactMap { silentSink($0) }.filter { $0.sink == index }.map(\.since).min()
            guard let since else {
                let stuck = snapshot.shards.filter { isStuck($0, index) }.map(\.since).min()
                if let stuck {
                    found.append("sink \(sink.name) has had no room for \(Figures.time(now - stuck))\(error)")
                }
                continue
            }
            found.append("sink \(sink.name) has not answered for \(Figures.time(now - since))\(error)")
        }
        if let failure = tally.letterFailure, waits(for: .deadLetters) {
            found.append("dead letters cannot be written: \(failure.message)")
        }
        let unreadable = snapshot.shards.filter(isUnreadable)
        if problem == nil, let why = unreadable.first?.problem {
            found.append("\(ShardRanges.text(unreadable.map(\.shard))) cannot be read: \(why)")
        }
        let parked = snapshot.shards.filter(\.isParkedByPolicy).map(\.shard)
        if !parked.isEmpty { found.append("parked: \(ShardRanges.text(parked))") }
        if age > WorkerView.stuckAfter { found.append("a lane has not answered for \(Figures.time(age))") }
        return found
    }

    /// Whether `shard` could not be read for long; what passes within a second or two is nobody's business.
    private func isUnreadable(_ shard: ShardSnapshot) -> Bool {
        guard shard.waiting == .input, let since = shard.problemSince else { return false }
        return now - since > Readout.patience
    }

    private func waits(for wait: ShardWait) -> Bool { snapshot.shards.contains { $0.waiting == wait } }
}
