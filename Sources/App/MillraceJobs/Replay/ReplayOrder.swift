import Millrace

/// What a replay is asked to do.
public struct ReplayOrder: Sendable {
    /// Where records go.
    public enum Sinks: Sendable, Hashable {
        /// Nowhere: a dry run, which counts.
        case none
        /// To these, by their names.
        case some([String])
        /// To all of the config.
        case all
    }

    /// What becomes of the progress that an interrupted replay of the same range left.
    public enum Start: Sendable, Hashable {
        /// There must be none.
        case fresh
        /// It goes on from there.
        case resume
        /// It is forgotten.
        case restart
    }

    /// Where it begins, as typed.
    public var from: String
    /// Where it ends, as typed; nil for the ends of the logs.
    public var to: String?
    /// The shards; none for all.
    public var shards: [ShardID] = []
    /// Where records go.
    public var sinks = Sinks.none
    /// Records a second at most.
    public var rate: Int?
    /// What becomes of earlier progress.
    public var start = Start.fresh
    /// How long a broker may stay away before the start, milliseconds.
    public var timeout: Int64 = 10_000

    /// A dry run of all shards from `from` to their ends.
    public init(from: String) { self.from = from }

    /// Throws for a range that holds nothing whatever the logs hold: its end comes before its beginning, or it has not begun
    /// at `now` (milliseconds since 1970). Places of different kinds are compared once the logs have been asked.
    public func checkRange(now: Int64) throws(MillraceError) {
        guard let first = Place(from) else { return }
        if case .time(let time) = first, time > now {
            throw MillraceError(.usage, "--from \(from) lies in the future", remedy: "there is nothing to replay yet")
        }
        guard let to, let end = Place(to), ReplayOrder.isEmpty(first, end, now) else { return }
        throw backward()
    }

    /// The end of the range comes before its beginning.
    func backward() -> MillraceError {
        MillraceError(
            .usage, "--from \(from) comes after --to \(to ?? "now"): there is nothing between them",
            remedy: "exchange the two; --to is exclusive")
    }

    private static func isEmpty(_ first: Place, _ end: Place, _ now: Int64) -> Bool {
        switch (first, end) {
        case (.earliest, _), (.offset, .latest), (.offset, .now): return false
        case (_, .earliest): return true
        case (.offset(let first), .offset(let end)): return first > end
        case (.offset, _), (_, .offset): return false
        default: return (first.moment(at: now) ?? now) > (end.moment(at: now) ?? now)
        }
    }

    /// Throws for what does not go together.
    func check(_ sinkNames: [String], _ known: [ShardID]) throws(MillraceError) {
        for text in [from, to].compactMap({ $0 }) {
            guard let place = Place(text) else {
                throw MillraceError(.usage, "\"\(text)\" is no place in a log", remedy: "write \(Place.form)")
            }
            try ShardChoice.check(shards, known, bareOffset: place.bareOffset)
        }
        guard case .some(let names) = sinks else { return }
        for name in names where !sinkNames.contains(name) {
            throw MillraceError(
                .usage, "there is no sink \"\(name)\"", remedy: "there are \(sinkNames.joined(separator: ", "))")
        }
    }

    /// What makes two replays the same one: what is read, and where it goes; as typed, so that `-2h` stays the same.
    func identity(_ pipeline: String) -> String {
        let shards = Set(shards).sorted().map(\.description).joined(separator: ",")
        let sinks =
            switch sinks {
            case .none: ""
            case .some(let names): Set(names).sorted().joined(separator: ",")
            case .all: "*"
            }
        return [pipeline, from, to ?? "", shards, sinks].joined(separator: "|")
    }
}
