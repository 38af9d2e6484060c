import Kafka
import Millrace
import Platform

/// The control thread of a Kafka source: connects, follows the group, commits. Used on that thread only.
final class SourceControl {
    /// Shards that the group takes back, and until when their owner has time.
    struct Revoke {
        let shards: [ShardID]
        var lost: Bool
        let deadline: Int64
        /// What is read again afterwards: it was not the group that took it back.
        let again: [TopicPartition]
    }

    /// Why a consumer is followed no more.
    private enum Ending {
        /// The source was stopped.
        case stopped
        /// Another member has taken its name: a new consumer may follow.
        case fenced
    }

    let source: KafkaSource
    let owner: any ShardOwner
    let settings: SourceSettings
    var book = SourceBook()
    var revoke: Revoke?
    /// Partitions that the group gave us and that are not being read yet, and when to try (again).
    var arriving: (partitions: [TopicPartition], at: Int64)?
    /// What is being committed, under its tag.
    var committing: (tag: UInt, acknowledgements: [Acknowledgement])?
    var nextTag: UInt = 1
    var stopDeadline: Int64?
    var fences: FenceRule
    /// Another member has taken the consumer's name: it commits nothing more.
    var isFenced = false
    /// It was fenced again, and has said so to the owner: it waits to be stopped.
    var hasFailed = false
    var pacer: Pacer?
    var nextLook: Int64 = 0
    /// Of every shard that is read, whether its fetcher stands still.
    var stalls: [ShardID: FetchStall] = [:]
    /// Where logs were found to begin whose fetchers stood still.
    var beginnings: [ShardID: Int64] = [:]
    var nextStallLook: Int64 = 0
    /// Topics that were not there at the last look, and at the last two.
    var suspects: Set<String> = []
    var missingTopics: Set<String> = []
    var nextTopicLook: Int64 = 0
    var doubts = TopicDoubts()
    var nextDoubtLook: Int64 = 0

    /// How long a question about offsets may take before it is asked again.
    static let questionTimeout = Duration.seconds(5)
    /// How often the thread looks round when nothing wakes it, milliseconds.
    private static let interval: Int64 = 500
    /// How old the ends of the logs may be when nothing is read, milliseconds.
    private static let lookInterval: Int64 = 5_000

    init(_ source: KafkaSource, owner: any ShardOwner) {
        self.source = source
        self.owner = owner
        settings = source.settings
        fences = FenceRule(session: source.settings.session)
    }

    /// Runs until a stop.
    func run() {
        var isClean = true
        while let consumer = connect() {
            let ending = follow(consumer)
            isClean = leave(consumer)
            if case .stopped = ending { break }
            isFenced = false
        }
        source.view.withLock { $0.stopped = isClean }
        source.changed.broadcast()
    }

    // MARK: - Connecting

    /// Joins the group once a broker answers; nil when the source was stopped before.
    private func connect() -> KafkaConsumer? {
        var pause: Int64 = 500
        while stopDeadline == nil {
            do throws(KafkaError) {
                let partitions = try countPartitions()
                let consumer = try KafkaConsumer(settings.configuration(partitions: partitions))
                consumer.wake(source.wakeUp.descriptor)
                let view = source.view
                pacer = try Pacer(consumer.client) { [client = consumer.client] topic, partition, marks in
                    // The answer is where what is committed ends; what was fetched last said where the log does.
                    let logEnd = client.cachedWatermarks(topic, partition)?.high ?? marks.high
                    let now = MonotonicClock.milliseconds()
                    view.withLock {
                        $0.hear(
                            ShardID(topic: topic, partition: partition), end: marks.high, logEnd: logEnd, now: now)
                    }
                }
                try consumer.subscribe(settings.topics)
                set(problem: nil)
                return consumer
            } catch {
                set(problem: error.words(settings.brokers))
                let reason = error.code.isAnswer ? "topic" : "broker"
                note(.warn, "waiting", [("for", reason), ("brokers", settings.brokers), ("error", error.message)])
                wait(until: MonotonicClock.milliseconds() + pause)
                pause = min(pause * 2, 30_000)
            }
        }
        return nil
    }

    private func countPartitions() throws(KafkaError) -> Int {
        let client = try KafkaConsumer(settings.configuration(partitions: 1))
        defer { _ = client.close(timeout: .seconds(1)) }
        let metadata = try client.client.metadata(topics: settings.topics, timeout: .seconds(5))
        for topic in metadata.topics where topic.error != .none {
            throw KafkaError(topic.error, "topic \(topic.name): \(topic.error.text)")
        }
        return metadata.topics.reduce(0) { $0 + $1.partitions.count }
    }

    // MARK: - Following the group

    private func follow(_ consumer: KafkaConsumer) -> Ending {
        while true {
            readInbox()
            while let event = consumer.poll(timeout: .zero) { take(event, consumer) }
            let now = MonotonicClock.milliseconds()
            finishRevoke(consumer, now)
            if let deadline = stopDeadline, book.areReleased(book.shards) || now >= deadline { return .stopped }
            if isFenced, !hasFailed, revoke == nil { return .fenced }
            finishArrival(consumer, now)
            commit(consumer)
            lookAtEnds(now)
            lookAtStalls(consumer, now)
            lookAtTopics(consumer, now)
            lookAtDoubts(consumer, now)
            wait(until: now + SourceControl.interval)
        }
    }

    /// Has the pacer ask for the ends although nothing is read: how far a shard is behind matters most when it waits.
    private func lookAtEnds(_ now: Int64) {
        guard now >= nextLook, !book.isEmpty else { return }
        nextLook = now + SourceControl.lookInterval
        pacer?.noteActivity()
    }

    func wait(until deadline: Int64) {
        var poller = Poller([source.wakeUp.descriptor])
        let isWaiting = source.inbox.withLock { $0.isEmpty }
        if isWaiting { _ = try? poller.wait(until: deadline * 1_000_000) }
        source.wakeUp.drain()
        readInbox()
    }

    private func readInbox() {
        let messages = source.inbox.withLock { inbox in
            let all = inbox
            inbox.removeAll(keepingCapacity: true)
            return all
        }
        for message in messages {
            switch message {
            case .acknowledge(let acknowledgement): _ = book.acknowledge(acknowledgement)
            case .release(let acknowledgement): book.release(acknowledgement)
            case .stop(let deadline): stopDeadline = deadline
            }
        }
    }

    private func take(_ event: ConsumerEvent, _ consumer: KafkaConsumer) {
        switch event {
        case .assign(let partitions): arriving = (partitions, 0)
        case .revoke(_, let lost): beginRevoke(lost: lost)
        case .rebalanceFailed(let error):
            note(.warn, "rebalance-failed", [("error", error.message)])
            beginRevoke(lost: true)
        case .commit(let result): finish(result)
        case .error(let error, let partition): meet(error, partition)
        case .log(let line):
            ClientNotes(client: "source", notes: source.notes).take(.log(line))
            // The first to hear of it, and by this line alone.
            if line.text.contains("topic does not exist") { doubt(settings.topics.filter { line.text.contains($0) }) }
        case .strayRecords(let records): meetStray(records)
        case .statistics: break
        }
    }
}
