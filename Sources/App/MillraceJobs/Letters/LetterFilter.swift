import Millrace

/// Which letters are meant.
public struct LetterFilter: Sendable, Hashable {
    /// A topic, a shard or a record: `orders`, `orders:3`, `orders:3:18911`.
    public struct Origin: Sendable, Hashable {
        let topic: String
        let partition: Int32?
        let offset: Int64?

        /// Reads one; nil for anything else.
        public init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard let first = parts.first, !first.isEmpty, parts.count <= 3 else { return nil }
            topic = String(first)
            partition = parts.count > 1 ? Int32(parts[1]) : nil
            offset = parts.count > 2 ? Int64(parts[2]) : nil
            if parts.count > 1 && (partition ?? -1) < 0 || parts.count > 2 && (offset ?? -1) < 0 { return nil }
        }

        /// Whether the record at `offset` of `shard` is one of them.
        func has(_ shard: ShardID, _ offset: Int64) -> Bool {
            topic == shard.topic && (partition ?? shard.partition) == shard.partition
                && (self.offset ?? offset) == offset
        }
    }

    /// Only of these reasons; none for all.
    public var reasons: [String] = []
    /// Only of these stages, or of what is below them: `sink` for all sinks, `sink:clean` for its transforms as well.
    public var stages: [String] = []
    /// Only with these fingerprints.
    public var fingerprints: [String] = []
    /// Only of these origins; a place in the dead letter topic itself names what lies there.
    public var origins: [Origin] = []
    /// Only written at this time or later: as typed, a ``Place`` that is a time.
    public var since: String?

    /// All letters.
    public init() {}

    /// Whether it leaves nothing out.
    public var isEmpty: Bool { self == LetterFilter() }

    /// Whether `letter`, which lies at `offset` of `shard`, is meant. The time is the reader's to see to.
    func takes(_ letter: DeadLetter, at shard: ShardID, _ offset: Int64) -> Bool {
        if !reasons.isEmpty && !reasons.contains(letter.reason.rawValue) { return false }
        if !stages.isEmpty && !stages.contains(where: { LetterFilter.covers($0, letter.stage) }) { return false }
        if !fingerprints.isEmpty && !fingerprints.contains(letter.fingerprint) { return false }
        return origins.isEmpty || origins.contains { $0.has(letter.origin, letter.offset) || $0.has(shard, offset) }
    }

    /// Whether what is no letter, and lies there, is meant: only where nothing is asked that it cannot have.
    func takesForeign(at shard: ShardID, _ offset: Int64) -> Bool {
        guard reasons.isEmpty, stages.isEmpty, fingerprints.isEmpty else { return false }
        return origins.isEmpty || origins.contains { $0.has(shard, offset) }
    }

    /// Whether `found` is meant.
    public func takes(_ found: FoundLetter) -> Bool {
        guard let letter = found.letter else { return takesForeign(at: found.shard, found.offset) }
        return takes(letter, at: found.shard, found.offset)
    }

    private static func covers(_ wanted: String, _ stage: String) -> Bool {
        stage == wanted || stage.hasPrefix(wanted + "/") || stage.hasPrefix(wanted + ":")
    }
}
