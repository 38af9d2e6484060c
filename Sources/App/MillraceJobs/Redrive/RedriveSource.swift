import KafkaConnector
import Millrace
import MillraceEngine
import Platform

/// Dead letters as a source: each shard that records had been read of comes back with the records that died there, under
/// their own offsets, so that sinks and new letters name them as ever. It holds all of them in memory.
///
/// At most `window` records are on their way at a time: those are what `kill -9` leaves uncertain. As soon as a record is
/// safe it stands in the ledger, and the next one goes.
final class RedriveSource: Source {
    private struct Shelf {
        let items: [RedriveItem]
        /// The place of the next item to be read.
        var next = 0
        /// Everything before this place is safe.
        var low = 0
        /// By place.
        var isSafe: [Bool]
    }

    private struct State {
        var shelves: [ShardID: Shelf]
        /// Records that were read and are not safe.
        var underWay = 0
        var safe = 0
    }

    private let sink: String
    private let window: Int
    private let limiter: RateLimiter?
    private let state: Locked<State>
    private let begun: @Sendable ([RedriveItem]) -> Void
    private let arrived: @Sendable ([RedriveItem]) -> Void
    /// How many there are.
    let count: Int

    /// A source of `items`, in the order of their offsets within each shard, for the sink called `sink`.
    ///
    /// `begun` is told of items before they are given out, `arrived` once they are safe there; both on lanes.
    init(
        _ items: [RedriveItem], sink: String, window: Int, limiter: RateLimiter?,
        begun: @escaping @Sendable ([RedriveItem]) -> Void, arrived: @escaping @Sendable ([RedriveItem]) -> Void
    ) {
        let shelves = Dictionary(grouping: items, by: \.parcel.entry.origin).mapValues { items in
            Shelf(items: items, isSafe: Array(repeating: false, count: items.count))
        }
        state = Locked(State(shelves: shelves))
        self.sink = sink
        self.window = max(1, window)
        self.limiter = limiter
        self.begun = begun
        self.arrived = arrived
        count = items.count
    }

    /// How many are safe. Thread safe.
    var safe: Int { state.withLock { $0.safe } }

    /// Gives all shards at once.
    func start(_ owner: any ShardOwner) {
        let starts = state.withLock { state in
            state.shelves.compactMap { shard, shelf in
                shelf.items.first.map { (shard, $0.parcel.entry.originOffset) }
            }
        }
        owner.assign(
            starts.sorted { $0.0 < $1.0 }.map { shard, offset in
                ShardAssignment(
                    shard: shard, epoch: 1, checkpoint: offset, metadata: nil, isFirstStart: false,
                    reader: RedriveReader(self, shard))
            })
    }

    /// Takes what became safe into the account.
    func acknowledge(_ acknowledgement: Acknowledgement) {
        let fresh = state.withLock { state -> [RedriveItem] in
            guard var shelf = state.shelves[acknowledgement.shard] else { return [] }
            let open = (shelf.low..<shelf.next).filter { !shelf.isSafe[$0] }
            let offsets = open.map { shelf.items[$0].parcel.entry.originOffset }
            let safe = Set(acknowledgement.safe(offsets, at: sink))
            var fresh: [RedriveItem] = []
            for place in open where safe.contains(shelf.items[place].parcel.entry.originOffset) {
                shelf.isSafe[place] = true
                fresh.append(shelf.items[place])
            }
            while shelf.low < shelf.next && shelf.isSafe[shelf.low] { shelf.low += 1 }
            state.shelves[acknowledgement.shard] = shelf
            state.underWay -= fresh.count
            state.safe += fresh.count
            return fresh
        }
        if !fresh.isEmpty { arrived(fresh) }
    }

    /// As ``acknowledge(_:)``: nobody else waits for the shard.
    func release(_ acknowledgement: Acknowledgement) { acknowledge(acknowledgement) }

    func ends() -> [ShardID: Int64] { [:] }

    /// It is all there.
    var problem: String? { nil }

    func stop(deadline: Int64) -> Bool { true }

    // MARK: - For readers

    /// The next items of `shard`, at most `count`, that may be on their way now; and whether there are more.
    fileprivate func take(_ shard: ShardID, _ count: Int) -> (items: [RedriveItem], hasMore: Bool) {
        let wanted = limiter?.allowance(count, now: MonotonicClock.milliseconds()) ?? count
        let taken = state.withLock { state -> (items: [RedriveItem], hasMore: Bool) in
            guard var shelf = state.shelves[shard] else { return ([], false) }
            let end = min(shelf.items.count, shelf.next + max(0, min(wanted, window - state.underWay)))
            let items = Array(shelf.items[shelf.next..<end])
            // What is read again after a rewind may be safe already.
            state.underWay += (shelf.next..<end).count { !shelf.isSafe[$0] }
            shelf.next = end
            state.shelves[shard] = shelf
            return (items, end < shelf.items.count)
        }
        guard !taken.items.isEmpty else { return taken }
        limiter?.charge(taken.items.count)
        begun(taken.items)
        return taken
    }

    /// Reads again from `offset`.
    fileprivate func rewind(_ shard: ShardID, to offset: Int64) {
        state.withLock { state in
            guard var shelf = state.shelves[shard] else { return }
            let place = shelf.items.firstIndex { $0.parcel.entry.originOffset >= offset } ?? shelf.items.count
            guard place < shelf.next else { return }
            state.underWay -= (place..<shelf.next).count { !shelf.isSafe[$0] }
            shelf.next = place
            state.shelves[shard] = shelf
        }
    }
}

/// The reading end of one shard. Used on its lane only.
private final class RedriveReader: ShardReader, @unchecked Sendable {
    private let source: RedriveSource
    private let shard: ShardID
    private var pending: [RedriveItem] = []

    init(_ source: RedriveSource, _ shard: ShardID) {
        self.source = source
        self.shard = shard
    }

    /// Nothing ever comes by itself: the lane looks at every turn.
    func attach(wakeDescriptor: Int32) {}

    /// What lies between records that died was delivered long ago.
    var hasHoles: Bool { true }

    func read(_ limits: ReadLimits, into table: RecordTable) -> ReadResult? {
        let (items, hasMore) = source.take(shard, limits.records)
        guard !items.isEmpty else { return nil }
        for item in items {
            item.append(to: table, place: pending.count)
            pending.append(item)
        }
        return ReadResult(count: items.count, bytes: items.reduce(0) { $0 + $1.size }, hasMore: hasMore)
    }

    func detach() -> any BatchOwner {
        defer { pending = [] }
        return RedriveBatch(items: pending)
    }

    func rewind(to offset: Int64) {
        pending = []
        source.rewind(shard, to: offset)
    }

    func close() { pending = [] }
}

/// Keeps the items of a batch.
private final class RedriveBatch: BatchOwner {
    private let items: [RedriveItem]

    init(items: [RedriveItem]) { self.items = items }

    func forEachHeader(of origin: Int, _ body: (_ name: String, _ value: [UInt8]?) -> Void) {
        guard origin < items.count else { return }
        for header in items[origin].headers { body(header.name, header.value) }
    }
}
