import Millrace
import MillraceEngine
import Platform

extension ServiceLook {
    /// What `readout` says; `stuck` as ``ShardPulse`` found it.
    init(_ readout: Readout, stuck: [ShardID], end: Int64?) {
        let text = ServiceLook.text(readout, end: end)
        self.init(
            phase: readout.phase, isUnderWay: ServiceLook.isUnderWay(readout), status: text.status, cause: text.cause,
            answered: readout.now - readout.age, stuck: stuck, end: end)
    }

    private static func isUnderWay(_ readout: Readout) -> Bool {
        switch readout.phase {
        case .starting: readout.waiting != nil
        case .running: readout.hasJoined || readout.problem != nil
        case .draining, .stopped: true
        }
    }

    private static func text(_ readout: Readout, end: Int64?) -> (status: String, cause: String) {
        switch readout.phase {
        case .starting: return plain(readout.waiting.map { "waits for \($0)" } ?? "starting")
        case .stopped: return plain("stopped")
        case .draining:
            let limit = end.map { ", \(Figures.time($0 - readout.now)) at most" } ?? ""
            return ("draining \(Figures.counted(inFlight(readout), "record"))\(limit)", "draining")
        case .running: break
        }
        if !readout.hasJoined {
            return plain(readout.problem.map { "waits for the broker: \($0)" } ?? "joining the group")
        }
        let shards = readout.snapshot.shards.count
        let head = shards == 0 ? "no shards: others of the group have them" : "\(shards) shard\(shards == 1 ? "" : "s")"
        let waits = troubles(readout)
        let tail = waits.isEmpty ? "" : "; \(waits.joined(separator: "; "))"
        return (oneLine("\(head), lag \(Figures.count(readout.totalLag))\(tail)"), oneLine(head + tail))
    }

    private static func inFlight(_ readout: Readout) -> Int { readout.snapshot.shards.reduce(0) { $0 + $1.inFlight } }

    /// What shards wait for that is trouble, said once for all that wait for it.
    private static func troubles(_ readout: Readout) -> [String] {
        var found: [(reason: String, since: Timestamp, shards: [ShardID])] = []
        for shard in readout.snapshot.shards {
            guard let waiting = readout.waiting(shard), waiting.isTrouble else { continue }
            if let place = found.firstIndex(where: { $0.reason == waiting.reason }) {
                found[place].shards.append(shard.shard)
                found[place].since = min(found[place].since, waiting.since)
            } else {
                found.append((waiting.reason, waiting.since, [shard.shard]))
            }
        }
        return found.map { wait in
            let verb = wait.shards.count == 1 ? "waits" : "wait"
            // 2026-11-25T02:10:00.000Z: of the time hours and minutes.
            let minute = wait.since.rfc3339.dropFirst(11).prefix(5)
            return "\(ShardRanges.text(wait.shards)) \(verb) for \(wait.reason) since \(minute)Z"
        }
    }

    private static func plain(_ text: String) -> (status: String, cause: String) { (oneLine(text), oneLine(text)) }

    /// `text` cut to what a status line shows, without anything that ends the line: a line feed would begin a word of
    /// the protocol.
    private static func oneLine(_ text: String) -> String {
        let clean = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) }
        return clean.count <= longest ? String(clean) : String(clean.prefix(longest - 1)) + "…"
    }

    private static let longest = 240
}
