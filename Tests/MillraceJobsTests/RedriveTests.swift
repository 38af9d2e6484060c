import Millrace
import Platform
import Testing

@testable import MillraceJobs

private let orders = ShardID(topic: "orders", partition: 0)

private func found(
    _ offset: Int64, at origin: Int64, stage: String = "sink:clean", redrives: Int = 0, time: Int64? = nil,
    pipeline: String = "p", partition: Int32 = 0
) -> FoundLetter {
    let letter = DeadLetter(
        origin: ShardID(topic: "orders", partition: partition), offset: origin, timestamp: 1, group: "g",
        pipeline: pipeline,
        stage: stage, reason: .poison, error: "no", attempts: 1, bisection: "", failedAt: "2026-01-01T00:00:00.000Z",
        form: .full, key: nil, payload: [1], headers: [], redrives: redrives)
    return FoundLetter(
        ShardID(topic: "dlq", partition: 0), offset: offset, timestamp: time ?? offset, key: nil, payload: nil, size: 1,
        headers: letter.encodedHeaders())
}

private func entry(
    _ offset: Int64, at origin: Int64, stage: String = "sink:clean", redrives: Int = 0, time: Int64? = nil,
    pipeline: String = "p", partition: Int32 = 0, isMeant: Bool = true
) throws -> LetterEntry {
    let found = found(
        offset, at: origin, stage: stage, redrives: redrives, time: time, pipeline: pipeline, partition: partition)
    return LetterEntry(try #require(found.letter), found, isMeant: isMeant)
}

@Suite struct OffsetSetTests {
    /// Beside a plain set of numbers, whatever comes in whatever order.
    @Test(arguments: 1...10)
    func isASet(_ seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var (set, plain): (OffsetSet, Set<Int64>) = (OffsetSet(), [])
        for _ in 0..<300 {
            let from = Int64(random.next() % 200)
            let to = from + Int64(random.next() % 8)
            set.insert(from..<to)
            plain.formUnion(from..<to)
            if random.next() % 40 == 0 {
                set.forget(before: from)
                plain = plain.filter { $0 >= from }
            }
            #expect(set.count == plain.count, "seed \(seed)")
            #expect((0..<210).allSatisfy { set.contains($0) == plain.contains($0) }, "seed \(seed)")
            for (left, right) in zip(set.ranges, set.ranges.dropFirst()) {
                #expect(left.upperBound < right.lowerBound, "seed \(seed)")
            }
        }
    }
}

@Suite struct LetterFilterTests {
    private func takes(_ change: (inout LetterFilter) -> Void) -> Bool {
        var filter = LetterFilter()
        change(&filter)
        return filter.takes(found(5, at: 17, stage: "sink:clean/transform:2"))
    }

    @Test func readsOrigins() {
        for text in ["orders", "orders:3", "orders:3:18911"] { #expect(LetterFilter.Origin(text) != nil) }
        for text in ["", ":3", "orders:", "orders:x", "orders:-1", "orders:1:", "orders:1:-2", "a:1:2:3"] {
            #expect(LetterFilter.Origin(text) == nil, "\(text)")
        }
    }

    @Test func stagesCoverWhatIsBelowThem() {
        for stage in ["sink", "sink:clean", "sink:clean/transform", "sink:clean/transform:2"] {
            #expect(takes { $0.stages = [stage] }, "\(stage)")
        }
        for stage in ["sink:cle", "sink:clean/transform:1", "transform", "decode", "sink:archive"] {
            #expect(!takes { $0.stages = [stage] }, "\(stage)")
        }
        #expect(takes { $0.stages = ["decode", "sink"] })
    }

    @Test func originsAreThoseOfTheRecordOrOfTheLetter() {
        for text in ["orders", "orders:0", "orders:0:17", "dlq", "dlq:0:5"] {
            #expect(takes { $0.origins = [LetterFilter.Origin(text)].compactMap { $0 } }, "\(text)")
        }
        for text in ["orders:1", "orders:0:18", "dlq:0:6", "other"] {
            #expect(!takes { $0.origins = [LetterFilter.Origin(text)].compactMap { $0 } }, "\(text)")
        }
    }

    @Test func reasonsAndFingerprints() {
        #expect(takes { $0.reasons = ["poison"] })
        #expect(!takes { $0.reasons = ["decode"] })
        #expect(!takes { $0.fingerprints = ["0000"] })
    }

    @Test func foreignRecordsHaveNoneOfThat() {
        let foreign = FoundLetter(
            ShardID(topic: "dlq", partition: 1), offset: 9, timestamp: 0, key: nil, payload: nil, size: 0, headers: [])
        var filter = LetterFilter()
        #expect(filter.takes(foreign))
        filter.origins = [LetterFilter.Origin("dlq:1:9")].compactMap { $0 }
        #expect(filter.takes(foreign))
        filter.stages = ["sink"]
        #expect(!filter.takes(foreign))
    }
}

@Suite struct RedrivePlanTests {
    private func plan(
        _ entries: [LetterEntry], sinks: [String] = ["clean", "archive"], book: RedriveBook = RedriveBook(topic: "dlq"),
        most: Int = 3
    ) -> RedrivePlan {
        RedrivePlan(entries, pipeline: "p", route: .sinks(sinks), maxRedrives: most, book: book)
    }

    private func offsets(_ plan: RedrivePlan, _ sink: String) -> [Int64] {
        plan.passes.first { $0.sink == sink }?.parcels.map(\.entry.offset) ?? []
    }

    @Test func eachGoesToTheSinkThatLacksItAlone() throws {
        let plan = plan([
            try entry(0, at: 9), try entry(1, at: 3, stage: "sink:archive/transform:1"),
            try entry(2, at: 5, stage: "decode"),
            try entry(3, at: 4, stage: "transform:2"),
        ])
        // The oldest record first.
        #expect(offsets(plan, "clean") == [3, 2, 0])
        #expect(offsets(plan, "archive") == [1, 3, 2])
        #expect(!plan.left.isWrong)
    }

    @Test func theNewestLetterOfARecordStandsForAll() throws {
        let twice = [try entry(0, at: 7), try entry(4, at: 7, redrives: 1), try entry(2, at: 7)]
        let plan = plan(twice)
        #expect(plan.count == 1)
        #expect(plan.passes[0].parcels[0].entry.offset == 4)
        #expect(plan.passes[0].parcels[0].redrives == 1)
        #expect(Set(plan.passes[0].parcels[0].entries) == Set(twice))
        // Once that one is done, so are the older ones; a newer one counts again.
        var book = RedriveBook(topic: "dlq")
        book.mark(twice[1], Destination.sink("clean"))
        #expect(self.plan(twice, book: book).count == 0)
        #expect(self.plan(twice + [try entry(9, at: 7, redrives: 2)], book: book).count == 1)
    }

    @Test func aLetterOfAllIsDoneSinkBySink() throws {
        let letter = try entry(0, at: 7, stage: "decode")
        var book = RedriveBook(topic: "dlq")
        book.mark(letter, Destination.sink("clean"))
        #expect(plan([letter], book: book).passes.map(\.sink) == ["archive"])
        #expect(plan([letter], book: book).passes[0].parcels[0].isForAll)
        // A sink that comes later does not get what was done before it was there.
        book.mark(letter, Destination.everywhere)
        #expect(plan([letter], sinks: ["clean", "archive", "late"], book: book).count == 0)
    }

    @Test func besideALetterOfOneSinkThatOfAllIsNotForAll() throws {
        let plan = plan([try entry(0, at: 7, stage: "decode"), try entry(1, at: 7, stage: "sink:archive")])
        #expect(offsets(plan, "clean") == [0])
        #expect(offsets(plan, "archive") == [1])
        #expect(plan.passes.allSatisfy { $0.parcels.allSatisfy { !$0.isForAll } })
    }

    @Test func whatStaysIsCounted() throws {
        let plan = plan([
            try entry(0, at: 1, redrives: 3), try entry(1, at: 2, stage: "sink:gone"),
            try entry(2, at: 3, pipeline: "other"), try entry(3, at: 4, isMeant: false),
            try entry(4, at: 5, redrives: 2),
        ])
        #expect(offsets(plan, "clean") == [4])
        #expect(plan.left.spent == 1)
        #expect(plan.left.unknownSinks == ["gone": 1])
        #expect(plan.left.otherPipelines == ["other": 1])
        #expect(plan.left.isWrong)
    }

    @Test func roundsKeepTheOrderOfEachShardAndTheLimit() throws {
        var entries: [LetterEntry] = []
        for offset in 0..<90 {
            entries.append(try entry(Int64(offset), at: Int64(500 - offset), partition: Int32(offset % 3)))
        }
        let rounds = plan(entries).passes[0].rounds(of: 10 * 513)
        #expect(rounds.allSatisfy { $0.count <= 10 && !$0.isEmpty })
        #expect(rounds.joined().count == 90)
        for partition in Int32(0)..<3 {
            let own = rounds.joined().filter { $0.entry.origin.partition == partition }.map(\.entry.originOffset)
            #expect(own == own.sorted())
        }
        // They move side by side.
        #expect(Set(rounds[0].map(\.entry.origin)).count == 3)
    }

    @Test func toATopicEachRecordGoesOnce() throws {
        let plan = RedrivePlan(
            [try entry(0, at: 7), try entry(1, at: 7, stage: "sink:archive"), try entry(2, at: 8, stage: "sink:gone")],
            pipeline: "p", route: .topic("again"), maxRedrives: 3, book: RedriveBook(topic: "dlq"))
        #expect(plan.passes.map(\.destination) == ["topic:again"])
        #expect(plan.passes[0].parcels.map(\.entry.offset) == [1, 2])
    }
}

/// Keeps what it is given.
private final class Shelf: ShardOwner {
    let given = Locked<[ShardAssignment]>([])
    func assign(_ shards: [ShardAssignment]) { given.withLock { $0 += shards } }
    func revoke(_ shards: [ShardID], deadline: Int64, lost: Bool) {}
    func fail(_ error: MillraceError) {}
}

@Suite struct RedriveSourceTests {
    /// Most records between two that died were delivered: nothing is missing there.
    @Test func whatLiesBetweenLettersIsNotMissed() throws {
        let items = try [Int64(3), 9].map { origin in
            let parcel = RedrivePlan.Parcel(
                entry: try entry(origin, at: origin), older: [], redrives: 0, isForAll: false)
            return RedriveItem(parcel, timestamp: 1, key: nil, payload: [1], headers: [])
        }
        let source = RedriveSource(items, sink: "clean", window: 10, limiter: nil, begun: { _ in }, arrived: { _ in })
        let shelf = Shelf()
        source.start(shelf)
        let readers = shelf.given.withLock { $0.map(\.reader) }
        #expect(readers.map(\.hasHoles) == [true])
    }
}

@Suite struct RedriveBookTests {
    /// What the journal had up to any byte is true: a line that was torn counts for nothing.
    @Test func aTornJournalTellsTheTruth() throws {
        var journal = ""
        var entries: [LetterEntry] = []
        for offset in 0..<12 {
            let entry = try entry(Int64(offset * 3), at: Int64(offset))
            entries.append(entry)
            journal += RedriveBook.beginLine(entry) + RedriveBook.doneLine(entry, Destination.sink("clean"))
        }
        let bytes = Array(journal.utf8)
        for end in 0...bytes.count {
            let book = RedriveBook(
                RedriveState(topic: "dlq"), journal: String(decoding: bytes[..<end], as: UTF8.self))
            let whole = String(decoding: bytes[..<end], as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false
            )
            .dropLast()
            let done = whole.count { $0.hasPrefix("done") }
            #expect(entries.count { book.has($0, at: Destination.sink("clean")) } == done)
            #expect(book.uncertain == whole.count { $0.hasPrefix("begin") } - done)
        }
    }

    @Test func outlivesItsFile() throws {
        let path =
            "\(Environment.value("TMPDIR") ?? "/tmp")/millrace-redrive-\(Process.identifier)-\(MonotonicClock.now())"
        let folder = try StateFolder(path)
        let (one, two) = (try entry(3, at: 1), try entry(8, at: 2, stage: "decode"))
        do {
            let ledger = try RedriveLedger(pipeline: "p", topic: "dlq", in: folder)
            ledger.begin([one, two])
            ledger.mark([one], Destination.sink("clean"))
            ledger.mark([two], Destination.sink("clean"), of: ["clean", "archive"])
            #expect(throws: MillraceError.self) { try RedriveLedger(pipeline: "p", topic: "dlq", in: folder) }
            // Killed here: nothing was closed.
        }
        let seen = try RedriveLedger.look(pipeline: "p", topic: "dlq", in: folder)
        #expect(seen.has(one, at: Destination.sink("clean")))
        #expect(seen.isRedriven(0, 3, .sink("clean")))
        #expect(!seen.isRedriven(0, 8, .all))
        let ledger = try RedriveLedger(pipeline: "p", topic: "dlq", in: folder)
        #expect(ledger.book == seen)
        try ledger.begin(with: ledger.book)
        ledger.mark([two], Destination.sink("archive"), of: ["clean", "archive"])
        try ledger.close()
        let last = try RedriveLedger.look(pipeline: "p", topic: "dlq", in: folder)
        #expect(last.isRedriven(0, 8, .all))
        #expect(last.uncertain == 0)
        // Another topic has an account of its own.
        #expect(!(try RedriveLedger.look(pipeline: "p", topic: "other", in: folder)).isRedriven(0, 3, .sink("clean")))
    }

    @Test func aTopicThatWasMadeAnewIsFoundOut() throws {
        var book = RedriveBook(topic: "dlq")
        book.mark(try entry(5, at: 1, time: 100), Destination.sink("clean"))
        #expect(!book.contradicts(try entry(5, at: 1, time: 100)))
        #expect(book.contradicts(try entry(5, at: 1, time: 101)))
        #expect(!book.contradicts(try entry(4, at: 1, time: 7)))
        #expect(book.contradicts(0, end: 5))
        #expect(!book.contradicts(0, end: 6))
    }
}

@Suite struct LetterWaveTests {
    @Test func theyCoverEverythingAndLittleElse() {
        let shards = (0..<3).map { ShardID(topic: "dlq", partition: $0) }
        let offsets = [shards[0]: [Int64(1), 2, 900, 5_000_000], shards[1]: [7], shards[2]: []]
        let waves = LetterFetch.waves(offsets)
        #expect(waves.count == 2)
        for wave in waves { #expect(Set(wave.map(\.shard)).count == wave.count) }
        for (shard, list) in offsets {
            for offset in list {
                #expect(waves.joined().contains { $0.shard == shard && $0.from <= offset && offset < $0.to })
            }
        }
        #expect(waves.joined().reduce(0) { $0 + $1.to - $1.from } < 1_000)
    }
}
