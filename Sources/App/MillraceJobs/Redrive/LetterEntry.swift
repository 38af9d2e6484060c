import Millrace

/// What a redrive knows of a letter before it reads it whole.
struct LetterEntry: Sendable, Hashable {
    /// Where records of the letter's stage are missing.
    enum Target: Sendable, Hashable {
        /// At every sink: it failed before them.
        case all
        /// At this one.
        case sink(String)
    }

    /// The partition of the dead letter topic.
    let partition: Int32
    /// The offset there.
    let offset: Int64
    /// When it was written there, milliseconds since 1970.
    let timestamp: Int64
    /// Where the record was read.
    let origin: ShardID
    /// Its offset there.
    let originOffset: Int64
    /// Who gave it up.
    let pipeline: String
    /// What is missing where.
    let target: Target
    /// How often it was sent through again.
    let redrives: Int
    /// The bytes of key and payload.
    let size: Int
    /// Whether the filter means it.
    let isMeant: Bool

    /// What is known of `letter`, which was found as `found`.
    init(_ letter: DeadLetter, _ found: FoundLetter, isMeant: Bool) {
        partition = found.shard.partition
        offset = found.offset
        timestamp = found.timestamp
        origin = letter.origin
        originOffset = letter.offset
        pipeline = letter.pipeline
        target = LetterEntry.target(of: letter.stage)
        redrives = letter.redrives
        size = found.size
        self.isMeant = isMeant
    }

    /// `sink:clean` and `sink:clean/transform:1` are of the sink `clean`, everything else of all.
    static func target(of stage: String) -> Target {
        guard stage.hasPrefix("sink:") else { return .all }
        return .sink(String(stage.dropFirst(5).prefix { $0 != "/" }))
    }

    /// Whether this letter was written behind `other`: by its time, else by its place.
    func isNewer(than other: LetterEntry) -> Bool {
        if timestamp != other.timestamp { return timestamp > other.timestamp }
        return (partition, offset) > (other.partition, other.offset)
    }
}
