import Millrace

/// What a seek is asked to do.
public struct SeekOrder: Sendable {
    /// Where to, as typed.
    public var to: String
    /// The shards; none for all.
    public var shards: [ShardID] = []
    /// Whether it is done, and not only shown.
    public var isApplied = false
    /// How long a broker may stay away, milliseconds.
    public var timeout: Int64 = 10_000

    /// A look at what moving all shards to `to` would do.
    public init(to: String) { self.to = to }

    /// The place it means. Throws for what does not go together.
    func place(_ known: [ShardID]) throws(MillraceError) -> Place {
        guard let place = Place(to) else {
            throw MillraceError(.usage, "\"\(to)\" is no place in a log", remedy: "write \(Place.form)")
        }
        try ShardChoice.check(shards, known, bareOffset: place.bareOffset)
        return place
    }
}

/// Shards that are named on a command line.
enum ShardChoice {
    /// Throws for a shard that is not `known`, and for an offset that no shard is named for.
    static func check(_ shards: [ShardID], _ known: [ShardID], bareOffset: Int64?) throws(MillraceError) {
        if let offset = bareOffset, shards.isEmpty, known.count > 1 {
            throw MillraceError(
                .usage, "the offset \(offset) means something else in each of the \(known.count) shards",
                remedy: "name the shards it is of: --shard \(known.first?.description ?? "topic:0")")
        }
        for shard in shards where !known.contains(shard) {
            let all = known.count <= 8 ? known.map(\.description).joined(separator: ", ") : "\(known.count) others"
            throw MillraceError(.usage, "there is no shard \(shard)", remedy: "there are \(all)")
        }
    }
}
