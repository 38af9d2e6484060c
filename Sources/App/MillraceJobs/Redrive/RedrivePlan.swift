import Millrace

/// Which letters go where, and which stay. Pure.
struct RedrivePlan: Sendable {
    /// A record that goes to one sink, and the letters that ask for that.
    struct Parcel: Sendable, Hashable {
        /// The newest of the letters: the one that is sent.
        let entry: LetterEntry
        /// The older ones, which are done with it.
        let older: [LetterEntry]
        /// How often the record was sent through already: the most of all of them.
        let redrives: Int
        /// Whether its letters say the same for every sink: that it is missing there.
        let isForAll: Bool

        /// All letters that are done with it.
        var entries: [LetterEntry] { [entry] + older }
    }

    /// What goes to one sink: the oldest of each shard first.
    struct Pass: Sendable {
        /// The sink's name; the topic's, where records go to a topic.
        let sink: String
        /// What the ledger calls it.
        let destination: String
        var parcels: [Parcel]
    }

    /// Letters that stay, and why.
    struct Left: Sendable, Hashable {
        /// Letters that were sent through often enough.
        var spent = 0
        /// Of those, the first few.
        var firstSpent: [LetterEntry] = []
        /// Letters by a sink that the config does not have.
        var unknownSinks: [String: Int] = [:]
        /// Letters by another pipeline that gave them up.
        var otherPipelines: [String: Int] = [:]
        /// Letters that went everywhere already.
        var done = 0
        /// Records of the topic that are no letters.
        var foreign = 0
        /// Of those, the first few: where they lie, and why they are none.
        var firstForeign: [String] = []

        /// Whether something of it should have been sent, and could not.
        var isWrong: Bool { spent > 0 || !unknownSinks.isEmpty || foreign > 0 }
    }

    private(set) var passes: [Pass] = []
    private(set) var left: Left

    /// Where records go.
    enum Route: Sendable, Hashable {
        /// Through the pipeline, to these sinks.
        case sinks([String])
        /// To a topic, as they had been read.
        case topic(String)
    }

    /// The parcels to send.
    var count: Int { passes.reduce(0) { $0 + $1.parcels.count } }

    private struct Group: Hashable {
        let origin: ShardID
        let offset: Int64
    }

    /// Decides over `entries`, of which `book` says what is done; `left` has what was left while they were found.
    ///
    /// For each sink the letters of one record are taken together: the newest is sent, if it is meant and was not sent
    /// yet, and the older ones are done with it. So a letter that a crash wrote twice, or that failed again, gives one
    /// delivery.
    init(
        _ entries: [LetterEntry], pipeline: String, route: Route, maxRedrives: Int, book: RedriveBook,
        left: Left = Left()
    ) {
        self.left = left
        let own = entries.filter { $0.pipeline == pipeline }
        for entry in entries where entry.pipeline != pipeline && entry.isMeant {
            self.left.otherPipelines[entry.pipeline, default: 0] += 1
        }
        var sent: Set<LetterEntry> = []
        var spent: Set<LetterEntry> = []
        let mixed = RedrivePlan.mixed(own)
        switch route {
        case .topic(let topic):
            let chosen = RedrivePlan.pass(
                topic, Destination.topic(topic), own, book, mixed, maxRedrives: maxRedrives, &spent)
            sent.formUnion(chosen.parcels.map(\.entry))
            if !chosen.parcels.isEmpty { passes.append(chosen) }
        case .sinks(let sinks):
            for sink in sinks {
                let asking = own.filter { $0.target == .all || $0.target == .sink(sink) }
                let chosen = RedrivePlan.pass(
                    sink, Destination.sink(sink), asking, book, mixed, maxRedrives: maxRedrives, &spent)
                sent.formUnion(chosen.parcels.map(\.entry))
                if !chosen.parcels.isEmpty { passes.append(chosen) }
            }
            for entry in own where entry.isMeant {
                guard case .sink(let name) = entry.target, !sinks.contains(name),
                    !book.has(entry, at: Destination.sink(name))
                else { continue }
                self.left.unknownSinks[name, default: 0] += 1
            }
        }
        self.left.spent = spent.count
        self.left.firstSpent = Array(spent.sorted { $1.isNewer(than: $0) }.prefix(5))
        let unknown = self.left.unknownSinks.values.reduce(0, +)
        self.left.done = max(0, own.count(where: \.isMeant) - sent.count - spent.count - unknown)
    }

    private static func pass(
        _ sink: String, _ destination: String, _ entries: [LetterEntry], _ book: RedriveBook,
        _ mixed: Set<Group>, maxRedrives: Int, _ spent: inout Set<LetterEntry>
    ) -> Pass {
        var groups: [Group: [LetterEntry]] = [:]
        for entry in entries {
            groups[Group(origin: entry.origin, offset: entry.originOffset), default: []].append(entry)
        }
        var parcels: [Parcel] = []
        for (group, members) in groups {
            let sorted = members.sorted { $0.isNewer(than: $1) }
            let newest = sorted[0]
            guard newest.isMeant, !book.has(newest, at: destination) else { continue }
            let redrives = members.map(\.redrives).max() ?? 0
            if redrives >= maxRedrives {
                spent.insert(newest)
            } else {
                parcels.append(
                    Parcel(
                        entry: newest, older: Array(sorted.dropFirst()), redrives: redrives,
                        isForAll: newest.target == .all && !mixed.contains(group)))
            }
        }
        return Pass(sink: sink, destination: destination, parcels: parcels.sorted { isEarlier($0.entry, $1.entry) })
    }

    /// Records with letters of single sinks beside those of all.
    private static func mixed(_ entries: [LetterEntry]) -> Set<Group> {
        var (all, single): (Set<Group>, Set<Group>) = ([], [])
        for entry in entries {
            let group = Group(origin: entry.origin, offset: entry.originOffset)
            if entry.target == .all { all.insert(group) } else { single.insert(group) }
        }
        return all.intersection(single)
    }

    /// The order of sending: the oldest record first. Records of one shard go by their offsets.
    private static func isEarlier(_ left: LetterEntry, _ right: LetterEntry) -> Bool {
        if left.origin == right.origin { return left.originOffset < right.originOffset }
        return left.origin < right.origin
    }
}

extension RedrivePlan.Pass {
    /// The parcels in rounds of at most `bytes`, and at least one letter, each.
    ///
    /// Shards take turns in a round, so that they move side by side; a shard's parcels stay in the order of its offsets
    /// over all rounds.
    func rounds(of bytes: Int) -> [[RedrivePlan.Parcel]] {
        var rounds: [[RedrivePlan.Parcel]] = []
        var size = 0
        for parcel in turns {
            if rounds.isEmpty || size + parcel.entry.size > bytes {
                rounds.append([])
                size = 0
            }
            rounds[rounds.count - 1].append(parcel)
            size += parcel.entry.size + 512
        }
        return rounds
    }

    /// The parcels, one of each shard in turn.
    private var turns: [RedrivePlan.Parcel] {
        var places: [ShardID: Int] = [:]
        let numbered = parcels.enumerated().map { index, parcel in
            let place = places[parcel.entry.origin, default: 0]
            places[parcel.entry.origin] = place + 1
            return (place, index, parcel)
        }
        return numbered.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }
}
