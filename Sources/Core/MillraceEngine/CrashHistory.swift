import Millrace

/// Records that the process may have died of: those that a lane had in hand whenever it died. Pure.
///
/// A record that ends the process (a trap, memory that runs out) is in hand at every death. What was in hand by chance,
/// when somebody else killed the process, is not in hand again at the next one, as it is long done by then. So a shard's
/// suspects are what all deaths in a row have in common: the batch at first; after the second death it is read record by
/// record; after the third the record is found.
public struct CrashHistory: Sendable, Equatable {
    /// What is known of one shard.
    public struct Suspects: Sendable, Equatable {
        /// Deaths in a row at these records.
        public var deaths: Int
        /// The offsets that were in hand at each of them.
        public var offsets: Range<Int64>

        /// Whether the record is found: it was in hand alone, and this is the third death.
        public var isFound: Bool { deaths >= 3 && offsets.count == 1 }

        /// The most records that a batch may hold from `position` on; nil: any number. Suspects are taken one by one.
        func limit(from position: Int64) -> Int? {
            guard deaths >= 2, position < offsets.upperBound else { return nil }
            return position < offsets.lowerBound ? Int(offsets.lowerBound - position) : 1
        }
    }

    /// By shard.
    public private(set) var suspects: [ShardID: Suspects] = [:]

    /// Nothing has happened.
    public init() {}

    /// The process died with these offsets in hand.
    mutating func died(holding held: [(shard: ShardID, offsets: Range<Int64>)]) {
        for (shard, offsets) in held where !offsets.isEmpty {
            if let known = suspects[shard], known.offsets.overlaps(offsets) {
                suspects[shard] = Suspects(deaths: known.deaths + 1, offsets: known.offsets.clamped(to: offsets))
            } else {
                suspects[shard] = Suspects(deaths: 1, offsets: offsets)
            }
        }
    }

    /// The suspects of a shard are safe, or given up.
    mutating func clear(_ shard: ShardID) { suspects[shard] = nil }
}

/// As text, a line a shard: `orders 0 1200 1201 3`.
extension CrashHistory {
    /// The lines.
    var text: String {
        suspects.sorted { $0.key < $1.key }
            .map { CrashHistory.line($0, $1.offsets) + " \($1.deaths)\n" }.joined()
    }

    /// What `text` says; lines that say nothing are left out.
    init(text: String) {
        for line in text.split(separator: "\n") {
            guard let cut = line.lastIndex(of: " "), let deaths = Int(line[line.index(after: cut)...]), deaths > 0,
                let (shard, offsets) = CrashHistory.held(line[..<cut])
            else { continue }
            suspects[shard] = Suspects(deaths: deaths, offsets: offsets)
        }
    }

    /// Offsets of a shard: `orders 0 1200 1201`.
    static func line(_ shard: ShardID, _ offsets: Range<Int64>) -> String {
        "\(shard.topic) \(shard.partition) \(offsets.lowerBound) \(offsets.upperBound)"
    }

    /// What a line says.
    static func held(_ line: Substring) -> (shard: ShardID, offsets: Range<Int64>)? {
        let words = line.split(separator: " ")
        guard words.count == 4, let partition = Int32(words[1]), let from = Int64(words[2]), let to = Int64(words[3]),
            from < to
        else { return nil }
        return (ShardID(topic: String(words[0]), partition: partition), from..<to)
    }
}
