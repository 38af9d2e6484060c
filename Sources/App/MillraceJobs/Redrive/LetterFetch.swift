import Kafka
import KafkaConnector
import Millrace
import MillraceConfig
import Platform

/// Brings the records of parcels: from the dead letter topic, and those that were too large for it from where they had been
/// read. One thread; blocks.
struct LetterFetch {
    /// A parcel that cannot be sent, and why.
    struct Missing: Sendable {
        let parcel: RedrivePlan.Parcel
        let why: String
    }

    let letters: LetterTopic
    let config: PipelineConfig
    let timeout: Int64
    let look: (Int) throws(MillraceError) -> Void

    /// Offsets between two that are wanted that are read over rather than sought across.
    private static let gap: Int64 = 1_000

    /// The records of `parcels`, and what there is no record of any more.
    func bring(_ parcels: [RedrivePlan.Parcel]) throws(MillraceError) -> (items: [RedriveItem], missing: [Missing]) {
        var wanted: [ShardID: [Int64: RedrivePlan.Parcel]] = [:]
        for parcel in parcels {
            let shard = ShardID(topic: letters.topic, partition: parcel.entry.partition)
            wanted[shard, default: [:]][parcel.entry.offset] = parcel
        }
        var items: [RedriveItem] = []
        var missing: [Missing] = []
        var references: [(RedrivePlan.Parcel, DeadLetter)] = []
        for wave in LetterFetch.waves(wanted.mapValues { $0.keys.sorted() }) {
            _ = try letters.scan(wave, payloads: true, look: look) { (found) throws(MillraceError) in
                guard let parcel = wanted[found.shard]?.removeValue(forKey: found.offset) else { return }
                guard let letter = found.letter, letter.origin == parcel.entry.origin,
                    letter.offset == parcel.entry.originOffset
                else {
                    missing.append(Missing(parcel: parcel, why: "another record lies at its place now"))
                    return
                }
                if letter.form == .reference {
                    references.append((parcel, letter))
                } else {
                    items.append(
                        RedriveItem(
                            parcel, timestamp: letter.timestamp, key: letter.key, payload: letter.payload,
                            headers: letter.headers))
                }
            }
        }
        for (_, parcels) in wanted {
            missing += parcels.values.map { Missing(parcel: $0, why: "it has expired from \(letters.topic)") }
        }
        try bring(references, &items, &missing)
        items.sort {
            ($0.parcel.entry.origin, $0.parcel.entry.originOffset) < (
                $1.parcel.entry.origin, $1.parcel.entry.originOffset
            )
        }
        return (items, missing)
    }

    /// The originals of letters without payload.
    private func bring(
        _ references: [(parcel: RedrivePlan.Parcel, letter: DeadLetter)], _ items: inout [RedriveItem],
        _ missing: inout [Missing]
    ) throws(MillraceError) {
        guard !references.isEmpty else { return }
        let log = try SourceLog(
            try KafkaCluster(source: config.source.options), name: "\(config.name)-redrive", timeout: timeout)
        defer { log.close() }
        for (shard, list) in Dictionary(grouping: references, by: \.letter.origin).sorted(by: { $0.key < $1.key }) {
            var wanted: [Int64: (parcel: RedrivePlan.Parcel, letter: DeadLetter)] = [:]
            for one in list { wanted[one.letter.offset] = one }
            var why = "its payload was too large for \(letters.topic), and its original has expired from \(shard)"
            do throws(MillraceError) {
                // What lies beyond the log would be waited for.
                let end = try log.extents(of: [shard])[0].log.upperBound
                for wave in LetterFetch.waves([shard: wanted.keys.filter { $0 < end }.sorted()]) {
                    _ = try LogScan(log: log, timeout: timeout).run(wave, look: look) {
                        (_, batch, index) throws(MillraceError) in
                        guard let one = wanted.removeValue(forKey: batch[index].offset) else { return }
                        let message = batch[index]
                        guard message.timestamp == one.letter.timestamp else {
                            missing.append(Missing(parcel: one.parcel, why: "another record lies at its origin now"))
                            return
                        }
                        let copied = batch.copied(index, payload: true)
                        items.append(
                            RedriveItem(
                                one.parcel, timestamp: one.letter.timestamp, key: copied.key, payload: copied.payload,
                                headers: copied.headers))
                    }
                }
            } catch {
                // A signal ends it all; a shard that cannot be read is its letters' trouble alone.
                try look(0)
                why = "its original cannot be read: \(error.message)"
            }
            missing += wanted.values.map { Missing(parcel: $0.parcel, why: why) }
        }
    }

    /// Parts that hold all of `offsets` (ascending) and little else, at most one of a shard in each wave.
    static func waves(_ offsets: [ShardID: [Int64]]) -> [[LogScan.Part]] {
        var waves: [[LogScan.Part]] = []
        for (shard, list) in offsets.sorted(by: { $0.key < $1.key }) {
            var parts: [LogScan.Part] = []
            for offset in list {
                if let last = parts.last, offset - last.to <= gap {
                    parts[parts.count - 1] = LogScan.Part(shard: shard, from: last.from, to: offset + 1)
                } else {
                    parts.append(LogScan.Part(shard: shard, from: offset, to: offset + 1))
                }
            }
            for (index, part) in parts.enumerated() {
                if index == waves.count { waves.append([]) }
                waves[index].append(part)
            }
        }
        return waves
    }
}
