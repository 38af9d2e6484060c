import Kafka
import Millrace
import Platform

/// The control thread of a Kafka source: connects, follows the group, commits. Used on that thread only.
final class SourceControl {
    /// Shards that the group takes back, and until when their owner has time.
    private struct Revoke {
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

    private let source: KafkaSource
    private let owner: any ShardOwner
    private let settings: SourceSettings
    private var book = SourceBook()
    private var revoke: Revoke?
    /// Partitions that the group gave us and that are not being read yet, and when to try (again).
    private var arriving: (partitions: [TopicPartition], at: Int64)?
    /// What is being committed, under its tag.
    private var committing: (tag: UInt, acknowledgements: [Acknowledgement])?
    private var nextTag: UInt = 1
    private var stopDeadline: Int64?
    private var fences: FenceRule
    /// Another member has taken the consumer's name: it commits nothing more.
    private var isFenced = false
    /// It was fenced again, and has said so to the owner: it waits to be stopped.
    private var hasFailed = false
    private var pacer: Pacer?
    private var nextLook: Int64 = 0
    /// Of every shard that is read, whether its fetcher stands still.
    private var stalls: [ShardID: FetchStall] = [:]
    /// Where logs were found to begin whose fetchers stood still.
    private var beginnings: [ShardID: Int64] = [:]
    private var nextStallLook: Int64 = 0

    /// How long a question about offsets may take before it is asked again.
    private static let questionTimeout = Duration.seconds(5)
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
                pacer = try Pacer(consumer.client) { topic, partition, marks in
                    view.withLock {
                        $0.ends[ShardID(topic: topic, partition: partition)] = marks.high
                        $0.problem = nil
                    }
                }
                try consumer.subscribe(settings.topics)
                set(problem: nil)
                return consumer
            } catch {
                set(problem: "no broker answers at \(settings.brokers): \(error.message)")
                note(.warn, "waiting", [("for", "broker"), ("brokers", settings.brokers), ("error", error.message)])
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
            wait(until: now + SourceControl.interval)
        }
    }

    /// Has the pacer ask for the ends although nothing is read: how far a shard is behind matters most when it waits.
    private func lookAtEnds(_ now: Int64) {
        guard now >= nextLook, !book.isEmpty else { return }
        nextLook = now + SourceControl.lookInterval
        pacer?.noteActivity()
    }

    private func wait(until deadline: Int64) {
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
        case .log(let line): ClientNotes(client: "source", notes: source.notes).take(.log(line))
        case .strayRecords(let records): meetStray(records)
        case .statistics: break
        }
    }

    // MARK: - Gaining shards

    /// Reads what the group gave us, once it is known from where.
    private func finishArrival(_ consumer: KafkaConsumer, _ now: Int64) {
        guard let (partitions, time) = arriving, now >= time, revoke == nil else { return }
        guard stopDeadline == nil else {
            arriving = nil
            return
        }
        do throws(KafkaError) {
            let finder = StartFinder(
                consumer: consumer, topics: settings.topics, start: settings.start,
                timeout: SourceControl.questionTimeout)
            let found = try finder.find(partitions)
            try begin(found, consumer)
            arriving = nil
        } catch {
            note(.warn, "waiting", [("for", "offsets"), ("group", settings.group), ("error", error.message)])
            arriving = (partitions, now + 1000)
        }
    }

    private func begin(_ found: [StartFinder.Found], _ consumer: KafkaConsumer) throws(KafkaError) {
        let shards = found.map { ShardID(topic: $0.partition.topic, partition: $0.partition.partition) }
        var queues: [PartitionQueue] = []
        // Detached before assign: afterwards the first records would go to the main queue.
        for place in found {
            queues.append(try consumer.partitionQueue(place.partition.topic, place.partition.partition))
        }
        let places = zip(shards, found).map { shard, place in
            TopicPartition(
                shard.topic, shard.partition, offset: max(place.offset, beginnings[shard] ?? place.offset),
                metadata: place.metadata ?? "")
        }
        try consumer.assign(places)
        beginnings = [:]
        let epoch = book.assign(shards)
        let activity: @Sendable () -> Void = { [pacer] in pacer?.noteActivity() }
        var assignments: [ShardAssignment] = []
        for (index, place) in found.enumerated() {
            let stall = FetchStall("\(shards[index])") { [wakeUp = source.wakeUp] in wakeUp.signal() }
            stalls[shards[index]] = stall
            let reader = SourceReader(
                queues[index], batchRecords: settings.batchRecords, start: places[index].offset,
                expected: place.offset, stall: stall,
                onEnd: { [view = source.view, shard = shards[index]] readTo, end in
                    view.withLock { $0.tails[shard] = ReadTail(readTo: readTo, end: end) }
                }, activity: activity)
            assignments.append(
                ShardAssignment(
                    shard: shards[index], epoch: epoch, checkpoint: place.offset,
                    metadata: place.metadata.map { CommitTrace.read($0).cursors },
                    isFirstStart: place.isFirst, reader: reader))
        }
        pacer?.setPartitions(places)
        nextLook = 0
        source.view.withLock { view in
            view.hasJoined = true
            for (shard, place) in zip(shards, found) {
                view.committed[shard] = place.isFirst ? nil : place.offset
                view.tails[shard] = nil
            }
        }
        let first = zip(found, places).filter { $0.0.isFirst }.map { $0.1 }
        // So that it is remembered where the group began, whatever happens before the first checkpoint.
        if !first.isEmpty { try? consumer.commit(first.map(SourceControl.signed), tag: 0) }
        note(.info, "assigned", [("shards", ShardNames.text(shards)), ("epoch", String(epoch))])
        for note in MovedOffsets.notes(found, group: settings.group) { source.notes.note(note) }
        owner.assign(assignments)
    }

    // MARK: - Giving shards back

    private func beginRevoke(lost: Bool, again: [TopicPartition] = []) {
        arriving = nil
        if let revoke {
            // The group takes back what we meant to read again.
            self.revoke = Revoke(
                shards: revoke.shards, lost: revoke.lost || lost, deadline: revoke.deadline, again: [])
            return
        }
        let now = MonotonicClock.milliseconds()
        let shards = book.shards
        revoke = Revoke(shards: shards, lost: lost, deadline: now + settings.revoke, again: again)
        note(
            .info, "revoking",
            [("shards", ShardNames.text(shards)), ("lost", String(lost)), ("budget", "\(settings.revoke)ms")])
        owner.revoke(shards, deadline: now + settings.revoke, lost: lost)
    }

    /// Commits and gives back once every shard of the revoke has ended, or well past the deadline: the owner keeps to it,
    /// but a lane that stands still must not hold up the group.
    private func finishRevoke(_ consumer: KafkaConsumer, _ now: Int64) {
        guard let revoke, book.areReleased(revoke.shards) || now >= revoke.deadline + 2000 else { return }
        if !revoke.lost { commitAndWait(consumer, revoke.shards, timeout: .seconds(3)) }
        do { try consumer.unassign() } catch { note(.warn, "unassign-failed", [("error", error.message)]) }
        book.forget(revoke.shards)
        pacer?.setPartitions([])
        committing = nil
        note(.info, "released", [("shards", ShardNames.text(revoke.shards))])
        stalls = [:]
        self.revoke = nil
        if !revoke.again.isEmpty { arriving = (revoke.again, 0) }
    }

    /// The end: commits, leaves the group and frees the client; whether the last commit was confirmed.
    private func leave(_ consumer: KafkaConsumer) -> Bool {
        let deadline = stopDeadline ?? MonotonicClock.milliseconds()
        let left = max(1000, deadline - MonotonicClock.milliseconds())
        let isCommitted = commitAndWait(consumer, nil, timeout: .milliseconds(left))
        do { try consumer.unassign() } catch { note(.warn, "unassign-failed", [("error", error.message)]) }
        _ = pacer?.stop(within: .seconds(1))
        if consumer.close(timeout: .milliseconds(max(1000, left))) == .timedOut {
            note(.warn, "close-timed-out", [("group", settings.group)])
        }
        return isCommitted
    }

    // MARK: - Offsets that are not in the log

    /// How often it is looked whether a shard that stands still can be read again, milliseconds.
    private static let stallInterval: Int64 = 1_000

    /// Reads shards again that stand still because their offset is not in the log, as soon as it is, or once it is known
    /// where the log begins. A fetcher starts again only by an assignment, and while its protocol is eager the group allows
    /// no assignment of a single partition: so all shards are given back and taken again, within the same epoch of the
    /// group.
    private func lookAtStalls(_ consumer: KafkaConsumer, _ now: Int64) {
        guard now >= nextStallLook, revoke == nil, arriving == nil, stopDeadline == nil else { return }
        let stalled = stalls.filter { $0.value.offset != nil }
        guard !stalled.isEmpty else { return }
        nextStallLook = now + SourceControl.stallInterval
        var isOfUse = false
        for (shard, stall) in stalled {
            guard
                let marks = try? consumer.client.queryWatermarks(
                    shard.topic, shard.partition, timeout: SourceControl.stallTimeout)
            else { continue }
            guard stall.look(marks) else { continue }
            isOfUse = true
            beginnings[shard] = marks.low
        }
        guard isOfUse else { return }
        lookAtBeginnings(consumer)
        note(
            .warn, "reading-again",
            [
                ("shards", ShardNames.text(stalled.keys.sorted())),
                ("note", "their offsets were not in the log; all shards are taken up again"),
            ])
        beginRevoke(lost: false, again: book.shards.map { TopicPartition($0.topic, $0.partition) })
    }

    /// Learns where all logs begin: whose fetcher stands still a moment later needs no round of its own then.
    private func lookAtBeginnings(_ consumer: KafkaConsumer) {
        let places = book.shards.map { TopicPartition($0.topic, $0.partition, offset: KafkaOffset.beginning) }
        let found = try? consumer.client.offsets(forTimes: places, timeout: SourceControl.stallTimeout)
        for place in found ?? [] where place.error == .none && place.offset >= 0 {
            beginnings[ShardID(topic: place.topic, partition: place.partition)] = place.offset
        }
    }

    /// How long a question about a log's ends may hold up this thread.
    private static let stallTimeout = Duration.seconds(1)

    // MARK: - Commits

    private func commit(_ consumer: KafkaConsumer) {
        guard committing == nil, revoke == nil, !isFenced else { return }
        let due = book.uncommitted()
        guard !due.isEmpty else { return }
        let tag = nextTag
        nextTag += 1
        do {
            try consumer.commit(due.map(SourceControl.place), tag: tag)
            committing = (tag, due)
        } catch {
            source.view.withLock { $0.commitFailures += 1 }
            note(.warn, "commit-failed", [("error", error.message)])
        }
    }

    private func finish(_ result: CommitResult) {
        guard let (tag, acknowledgements) = committing, tag == result.tag else { return }
        committing = nil
        guard let failure = result.failure else {
            remember(acknowledgements)
            return
        }
        report(failure)
    }

    @discardableResult
    private func commitAndWait(_ consumer: KafkaConsumer, _ shards: [ShardID]?, timeout: Duration) -> Bool {
        let due = book.uncommitted(shards)
        guard !due.isEmpty else { return true }
        guard !isFenced else { return false }
        do {
            try consumer.commitAndWait(due.map(SourceControl.place), timeout: timeout)
            remember(due)
            return true
        } catch {
            report(error)
            return false
        }
    }

    private func remember(_ committed: [Acknowledgement]) {
        for acknowledgement in committed { book.committed(acknowledgement) }
        source.view.withLock { view in
            for acknowledgement in committed { view.committed[acknowledgement.shard] = acknowledgement.checkpoint }
        }
    }

    /// A commit was refused. For its generation: the shards have another owner, who reads again what we could not commit.
    private func report(_ failure: KafkaError) {
        source.view.withLock { $0.commitFailures += 1 }
        let isLost = [KafkaErrorCode.illegalGeneration, .unknownMember, .fencedInstance].contains(failure.code)
        var fields: [(name: String, value: String)] = [("group", settings.group), ("error", failure.message)]
        if isLost {
            fields.append(("note", "the shards have another owner; what was not committed is delivered again"))
        }
        note(.warn, "commit-failed", fields)
    }

    private static func place(_ acknowledgement: Acknowledgement) -> TopicPartition {
        signed(
            TopicPartition(
                acknowledgement.shard.topic, acknowledgement.shard.partition, offset: acknowledgement.checkpoint,
                metadata: acknowledgement.metadata))
    }

    /// `place`, saying who commits it.
    private static func signed(_ place: TopicPartition) -> TopicPartition {
        var place = place
        place.metadata = CommitTrace(.worker).metadata(place.metadata)
        return place
    }

    // MARK: - Troubles

    private func meet(_ error: KafkaError, _ partition: TopicPartition?) {
        if error.isFatal {
            guard error.code == .fenced || error.code == .fencedInstance else {
                owner.fail(MillraceError(.internal, "the consumer of group \(settings.group) ended: \(error.message)"))
                return
            }
            fence()
            return
        }
        switch error.code {
        case .transport, .allBrokersDown, .resolve, .timedOut, .authentication, .tls:
            set(problem: "no broker answers at \(settings.brokers): \(error.message)")
            note(.warn, "waiting", [("for", "broker"), ("brokers", settings.brokers), ("error", error.message)])
        default:
            let place = partition.map { "\($0.topic):\($0.partition)" } ?? settings.topics.joined(separator: ",")
            note(.warn, "source-error", [("shard", place), ("error", error.message)])
        }
    }

    /// Another member of our name has joined: the shards are its own already. They end here without a commit, and what is
    /// not committed is read again there.
    private func fence() {
        guard !isFenced else { return }
        isFenced = true
        revoke?.lost = true
        beginRevoke(lost: true)
        let instance = settings.instance ?? ""
        let who = "another worker runs as instance \(instance) of group \(settings.group)"
        if fences.fenced(at: MonotonicClock.milliseconds()) {
            set(problem: "fenced: \(who)")
            note(
                .warn, "fenced",
                [
                    ("instance", instance), ("group", settings.group),
                    ("note", "\(who) and has taken the shards; joins once more"),
                ])
        } else {
            hasFailed = true
            owner.fail(
                MillraceError(
                    .fenced, "fenced twice within a session (\(settings.session)ms): \(who) and has taken the shards",
                    remedy: "stop one of the two, or give each a source.kafka.instance of its own; nothing is lost"))
        }
    }

    /// Records on the main queue are a fault of ours (a queue that was not detached in time). They are not lost: the
    /// engine finds the jump in the offsets and seeks back.
    private func meetStray(_ records: [TopicPartition]) {
        guard let first = records.first else { return }
        note(
            .error, "stray-records",
            [
                ("shard", "\(first.topic):\(first.partition)"), ("offset", String(first.offset)),
                ("count", String(records.count)),
            ])
    }

    private func set(problem: String?) { source.view.withLock { $0.problem = problem } }

    private func note(_ level: NoteLevel, _ event: String, _ fields: [(name: String, value: String)]) {
        source.notes.note(Note(level, event, fields))
    }
}
