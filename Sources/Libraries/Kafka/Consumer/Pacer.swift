import Synchronization

/// Keeps a consumer's broker threads awake while records flow, and learns the lag by it.
///
/// In this version a broker thread all of whose partition queues are full sleeps up to a second, and draining them does
/// not wake it; any request to that broker does. So one thread a leader asks for the end of one of its partitions, each
/// in turn, every `interval`. A thread each: a broker that hangs must not stop the others' pace. With nothing read for
/// `linger` they sleep until something is.
///
/// Set `fetch.wait.max.ms` low (20): a question waits behind a fetch.
public final class Pacer: @unchecked Sendable {
    private let client: KafkaClient
    private let interval: Duration
    private let linger: Duration
    private let onAnswer: @Sendable (_ topic: String, _ partition: Int32, _ marks: Watermarks) -> Void

    // What lanes touch: a count of their batches, and how many of our threads sleep until it rises.
    private let activity = Atomic<UInt64>(0)
    private let sleepers = Atomic<Int>(0)

    private let monitor = Monitor()
    // All guarded by `monitor`.
    private var partitions: [TopicPartition] = []
    private var places: [Int32: [TopicPartition]] = [:]
    private var running: Set<Int32> = []
    private var threads = 0
    private var isStale = true
    private var refresh = Deadline(after: .zero)
    private var isStopping = false

    /// A pacer with no partitions; its first thread starts here and sleeps.
    ///
    /// `onAnswer` is called on its threads, one call a partition at a time, and should be quick. The high watermark is the
    /// broker's answer, the low one what the last fetch said, 0 before.
    public init(
        _ client: KafkaClient, interval: Duration = .milliseconds(10), linger: Duration = .seconds(2),
        onAnswer: @escaping @Sendable (_ topic: String, _ partition: Int32, _ marks: Watermarks) -> Void = { _, _, _ in
        }
    ) throws(KafkaError) {
        self.client = client
        self.interval = interval
        self.linger = linger
        self.onAnswer = onAnswer
        guard monitor.withLock({ start("kafka-pacer", { $0.lookForLeaders() }) }) else {
            throw KafkaError(.failed, "no thread for the pacer")
        }
    }

    /// What is assigned now; at every assignment and revocation, with an empty list for none. Any thread, does not block.
    public func setPartitions(_ partitions: [TopicPartition]) {
        monitor.withLock {
            self.partitions = partitions
            isStale = true
            if partitions.isEmpty { places = [:] }
            monitor.wake()
        }
    }

    /// Says that records were read. Once a batch, any thread; two atomic operations while the pacer is awake.
    public func noteActivity() {
        activity.add(1, ordering: .sequentiallyConsistent)
        // A sleeper counts itself before it looks at the activity a last time, with the lock held until it sleeps: either
        // it sees what we added, or we see it and wake it.
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { monitor.withLock { monitor.wake() } }
    }

    /// Ends its threads and waits for that, at most for `timeout`. False when one was still inside a question then, which
    /// takes a second at most: it ends after it, and the client cannot be closed before.
    public func stop(within timeout: Duration) -> Bool {
        let deadline = Deadline(after: timeout)
        return monitor.withLock {
            isStopping = true
            monitor.wake()
            while threads > 0 {
                guard monitor.wait(until: deadline) else { return threads == 0 }
            }
            return true
        }
    }
}

extension Pacer {
    /// How many of its threads sleep until something is read.
    var asleep: Int { sleepers.load(ordering: .sequentiallyConsistent) }

    /// How many threads it has.
    var threadCount: Int { monitor.withLock { threads } }
}

extension Pacer {
    /// When a thread last saw activity.
    private struct Pulse {
        var seen: UInt64 = 0
        var awakeUntil = Deadline(after: .zero)
    }

    /// Starts a thread that counts as ours until it ends. With the lock held.
    private func start(_ name: String, _ body: @escaping @Sendable (Pacer) -> Void) -> Bool {
        let started = DetachedThread.start(name) {
            body(self)
            self.monitor.withLock {
                self.threads -= 1
                self.monitor.wake()
            }
        }
        if started { threads += 1 }
        return started
    }

    /// Finds who leads what, at first and whenever that may have changed, and has a thread ask each leader.
    private func lookForLeaders() {
        var pulse = Pulse()
        while let wanted = waitUntilStale(&pulse) {
            let leaders = findLeaders(of: wanted)
            monitor.withLock {
                distribute(leaders, of: wanted)
                pause(.seconds(1))
            }
        }
    }

    /// Blocks until the partitions or their leaders may have changed and records flow; nil when stopping.
    ///
    /// A leader may move without a question failing, so now and then we look again; once, when nothing flows.
    private func waitUntilStale(_ pulse: inout Pulse) -> [TopicPartition]? {
        monitor.withLock {
            while !isStopping {
                let isDue = isStale || refresh.isPast
                if isDue, !partitions.isEmpty, isAwake(&pulse) {
                    isStale = false
                    refresh = Deadline(after: .seconds(30))
                    return partitions
                }
                if isDue || partitions.isEmpty {
                    sleep(untilActivityAfter: partitions.isEmpty ? nil : pulse.seen)
                } else {
                    _ = monitor.wait(until: refresh)
                }
            }
            return nil
        }
    }

    private func findLeaders(of wanted: [TopicPartition]) -> [Int32: [TopicPartition]] {
        let topics = Array(Set(wanted.map(\.topic))).sorted()
        guard let answer = try? client.metadata(topics: topics, timeout: .seconds(1)) else { return [:] }
        var leaders: [String: [Int32: Int32]] = [:]
        for topic in answer.topics {
            leaders[topic.name] = Dictionary(topic.partitions.map { ($0.id, $0.leader) }) { first, _ in first }
        }
        var places: [Int32: [TopicPartition]] = [:]
        for place in wanted {
            guard let leader = leaders[place.topic]?[place.partition], leader >= 0 else { continue }
            places[leader, default: []].append(place)
        }
        return places
    }

    /// With the lock held.
    private func distribute(_ leaders: [Int32: [TopicPartition]], of wanted: [TopicPartition]) {
        // Changed meanwhile: this answer is about something else, and we are stale again.
        guard partitions == wanted else { return }
        places = leaders
        if leaders.values.reduce(0, { $0 + $1.count }) < wanted.count { isStale = true }
        for leader in leaders.keys where !running.contains(leader) {
            if start("kafka-pace-\(leader)", { $0.askLeader(leader) }) {
                running.insert(leader)
            } else {
                isStale = true
            }
        }
    }

    /// Asks the partitions of one leader in turn, until it leads none of ours.
    private func askLeader(_ leader: Int32) {
        var pulse = Pulse()
        var turn = 0
        while let place = waitForTurn(leader, turn, &pulse) {
            turn += 1
            do throws(KafkaError) {
                let end = try client.queryOffset(
                    place.topic, place.partition, at: KafkaOffset.end, timeout: .seconds(1))
                let low = client.cachedWatermarks(place.topic, place.partition)?.low ?? 0
                onAnswer(place.topic, place.partition, Watermarks(low: min(low, end), high: end))
                monitor.withLock { pause(interval) }
            } catch {
                // This version goes on asking the leader it knows: only a look at the metadata finds another.
                monitor.withLock {
                    isStale = true
                    monitor.wake()
                    pause(.milliseconds(100))
                }
            }
        }
    }

    /// Blocks while nothing flows; nil when the leader has nothing to be asked or we are stopping.
    private func waitForTurn(_ leader: Int32, _ turn: Int, _ pulse: inout Pulse) -> TopicPartition? {
        monitor.withLock {
            while !isStopping, let mine = places[leader], !mine.isEmpty {
                if isAwake(&pulse) { return mine[turn % mine.count] }
                sleep(untilActivityAfter: pulse.seen)
            }
            running.remove(leader)
            return nil
        }
    }

    /// True while something was read within `linger`.
    private func isAwake(_ pulse: inout Pulse) -> Bool {
        let now = activity.load(ordering: .sequentiallyConsistent)
        if now != pulse.seen {
            pulse.seen = now
            pulse.awakeUntil = Deadline(after: linger)
        }
        return !pulse.awakeUntil.isPast
    }

    /// Sleeps until woken, with the lock held; not at all when there was activity after `seen`.
    private func sleep(untilActivityAfter seen: UInt64?) {
        guard let seen else {
            _ = monitor.wait(until: nil)
            return
        }
        sleepers.add(1, ordering: .sequentiallyConsistent)
        if activity.load(ordering: .sequentiallyConsistent) == seen { _ = monitor.wait(until: nil) }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
    }

    /// Sleeps for `time` unless we are stopping, with the lock held.
    private func pause(_ time: Duration) {
        let deadline = Deadline(after: time)
        while !isStopping, monitor.wait(until: deadline) {}
    }
}
