import Kafka
import Millrace
import Platform

/// A part of a shard's log that is read once.
public struct ShardRange: Sendable, Hashable {
    /// The shard.
    public let shard: ShardID
    /// Where to read from: the first offset that is not safe.
    public let checkpoint: Int64
    /// The first offset that is not read.
    public let end: Int64
    /// The sinks' cursors that belong to the checkpoint; nil for none.
    public let metadata: String?

    /// The offsets from `checkpoint` up to, not including, `end` of `shard`.
    public init(_ shard: ShardID, checkpoint: Int64, end: Int64, metadata: String? = nil) {
        self.shard = shard
        self.checkpoint = checkpoint
        self.end = end
        self.metadata = metadata
    }
}

/// Parts of Kafka logs, read once by a consumer that is assigned by hand: it joins no group and commits nothing.
///
/// Acknowledgements are kept for whoever runs it, see ``progress()``. A thread of its own polls the consumer's main queue.
public final class KafkaRangeSource: Source {
    /// How far a shard is.
    public struct Progress: Sendable, Hashable {
        /// The lowest offset that is not safe.
        public let checkpoint: Int64
        /// The sinks' cursors.
        public let metadata: String?
        /// Whether everything before the range's end is safe.
        public let isDone: Bool

        /// So far.
        public init(checkpoint: Int64, metadata: String?, isDone: Bool) {
            self.checkpoint = checkpoint
            self.metadata = metadata
            self.isDone = isDone
        }
    }

    private struct State {
        var latest: [ShardID: Acknowledgement] = [:]
        var ends: [ShardID: Int64] = [:]
        var problem: String?
        var isStopping = false
    }

    private let ranges: [ShardRange]
    private let bounds: [ShardID: ReadBound]
    private let configuration: KafkaConfiguration
    private let batchRecords: Int
    private let isLimited: Bool
    private let notes: any NoteTaker
    private let state = Locked(State())
    private let wakeUp: WakeUp
    private let thread = Locked<Thread?>(nil)

    /// A source of `ranges`, none of them empty, by a reader of this configuration (``KafkaCluster/reader(_:prefetch:)``).
    ///
    /// - Parameter limiter: how fast it may go; nil for as fast as it can.
    public init(
        _ ranges: [ShardRange], _ configuration: KafkaConfiguration, batchRecords: Int, limiter: RateLimiter?,
        notes: any NoteTaker
    ) throws(MillraceError) {
        self.ranges = ranges
        self.configuration = configuration
        self.batchRecords = batchRecords
        self.notes = notes
        isLimited = limiter != nil
        bounds = Dictionary(
            ranges.map { ($0.shard, ReadBound(end: $0.end, limiter: limiter)) }, uniquingKeysWith: { first, _ in first }
        )
        do { wakeUp = try WakeUp() } catch { throw MillraceError(.internal, "no eventfd: \(error)") }
    }

    /// How far each shard is. Thread safe.
    public func progress() -> [ShardID: Progress] {
        let latest = state.withLock { $0.latest }
        var found: [ShardID: Progress] = [:]
        for range in ranges {
            let checkpoint = latest[range.shard]?.checkpoint ?? range.checkpoint
            let metadata = latest[range.shard].map(\.metadata) ?? range.metadata
            let isDone = bounds[range.shard]?.reached.map { checkpoint >= $0 } ?? false
            found[range.shard] = Progress(checkpoint: checkpoint, metadata: metadata, isDone: isDone)
        }
        return found
    }

    /// The bytes of payloads and keys that were read, again or not. Thread safe.
    public var bytes: Int { bounds.values.reduce(0) { $0 + $1.bytes } }

    /// Begins to read; all shards are assigned at once.
    public func start(_ owner: any ShardOwner) throws(MillraceError) {
        let consumer: KafkaConsumer
        do { consumer = try KafkaConsumer(configuration) } catch { throw MillraceError(.config, error.message) }
        do {
            let thread = try Thread(name: "kafka-range") { [self] in run(consumer, owner) }
            self.thread.withLock { $0 = thread }
        } catch { throw MillraceError(.internal, "cannot start the source's thread: \(error)") }
    }

    /// Keeps the newest of each shard.
    public func acknowledge(_ acknowledgement: Acknowledgement) {
        state.withLock { state in
            guard acknowledgement.checkpoint >= state.latest[acknowledgement.shard]?.checkpoint ?? 0 else { return }
            state.latest[acknowledgement.shard] = acknowledgement
        }
    }

    /// As ``acknowledge(_:)``: nobody else waits for the shard.
    public func release(_ acknowledgement: Acknowledgement) { acknowledge(acknowledgement) }

    /// The ends of the logs.
    public func ends() -> [ShardID: Int64] { state.withLock { $0.ends } }

    /// What it waits for.
    public var problem: String? { state.withLock { $0.problem } }

    /// Ends the reader; there is nothing to commit.
    public func stop(deadline: Int64) -> Bool {
        guard let thread = thread.withLock({ $0 }) else { return true }
        state.withLock { $0.isStopping = true }
        wakeUp.signal()
        _ = thread.join(until: (max(deadline, MonotonicClock.milliseconds()) + 2_000) * 1_000_000)
        return true
    }

    // MARK: - The thread

    /// How often lanes are woken that the rate may have held back, milliseconds.
    private static let limitedInterval: Int64 = 10
    /// How often the thread looks round when nothing wakes it, milliseconds.
    private static let interval: Int64 = 500

    private func run(_ consumer: KafkaConsumer, _ owner: any ShardOwner) {
        consumer.wake(wakeUp.descriptor)
        let pacer = try? Pacer(consumer.client) { [state] topic, partition, marks in
            state.withLock {
                $0.ends[ShardID(topic: topic, partition: partition)] = marks.high
                $0.problem = nil
            }
        }
        var stalls: [FetchStall] = []
        do throws(KafkaError) {
            owner.assign(try assign(consumer, pacer, &stalls))
        } catch {
            owner.fail(MillraceError(.unavailable, "cannot read the shards: \(error.message)"))
        }
        while !state.withLock({ $0.isStopping }) {
            while let event = consumer.poll(timeout: .zero) { take(event) }
            if let stall = stalls.first(where: { $0.offset != nil }) { end(owner, stall) }
            if isLimited { for bound in bounds.values { bound.wake() } }
            wait()
        }
        try? consumer.unassign()
        _ = pacer?.stop(within: .seconds(1))
        _ = consumer.close(timeout: .seconds(5))
    }

    /// The log was cut behind what was read: where it begins now is found by who begins anew.
    private func end(_ owner: any ShardOwner, _ stall: FetchStall) {
        owner.fail(
            MillraceError(
                .unavailable, "\(stall.words) any more: it expired meanwhile",
                remedy: "the same command with --resume goes on behind the loss"))
    }

    private func assign(
        _ consumer: KafkaConsumer, _ pacer: Pacer?, _ stalls: inout [FetchStall]
    ) throws(KafkaError) -> [ShardAssignment] {
        var assignments: [ShardAssignment] = []
        // Detached before assign: afterwards the first records would go to the main queue.
        for range in ranges {
            let queue = try consumer.partitionQueue(range.shard.topic, range.shard.partition)
            let stall = FetchStall("\(range.shard)") { [wakeUp] in wakeUp.signal() }
            stalls.append(stall)
            let reader = SourceReader(
                queue, batchRecords: batchRecords, start: range.checkpoint, bound: bounds[range.shard], stall: stall,
                activity: { pacer?.noteActivity() })
            assignments.append(
                ShardAssignment(
                    shard: range.shard, epoch: 1, checkpoint: range.checkpoint, metadata: range.metadata,
                    isFirstStart: false, reader: reader))
        }
        let places = ranges.map { TopicPartition($0.shard.topic, $0.shard.partition, offset: $0.checkpoint) }
        try consumer.assign(places)
        pacer?.setPartitions(places)
        return assignments
    }

    private func wait() {
        var poller = Poller([wakeUp.descriptor])
        let interval = isLimited ? KafkaRangeSource.limitedInterval : KafkaRangeSource.interval
        _ = try? poller.wait(timeout: interval * 1_000_000)
        wakeUp.drain()
    }

    private func take(_ event: ConsumerEvent) {
        switch event {
        // A member of no group needs no coordinator: that it may not ask for one is nobody's trouble.
        case .error(let error, _) where error.code == .groupAuthorization: break
        case .error(let error, let partition):
            let place = partition.map { "\($0.topic):\($0.partition): " } ?? ""
            state.withLock { $0.problem = place + error.message }
            notes.note(Note(.warn, "source-error", [("error", place + error.message)]))
        case .log(let line): ClientNotes(client: "replay", notes: notes).take(.log(line))
        case .assign, .revoke, .rebalanceFailed, .commit, .strayRecords, .statistics: break
        }
    }
}
