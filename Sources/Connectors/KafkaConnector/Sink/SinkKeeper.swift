import Kafka
import Millrace
import Platform

/// The thread of a Kafka sink that does what would block a lane: reads what the topic allows, makes producers and ends them.
///
/// The topic is read at the start, each minute, and when somebody wants to know.
final class SinkKeeper: Sendable {
    private struct State {
        var agenda = SinkAgenda()
        var facts: SinkTopicFacts? {
            didSet { agenda.knowsTopic = facts != nil }
        }
        var mails: [SinkMail] = []
        var live: [Int: SinkConnection] = [:]
    }

    private let settings: SinkSettings
    private let bootstrap: String
    private let notes: ClientNotes
    private let state = Locked(State())
    private let changed = Condition()
    private let thread = Locked<Thread?>(nil)

    /// Between two looks at the topic, and after one that failed, in milliseconds.
    static let interval: Int64 = 60_000
    static let retryInterval: Int64 = 1_000
    /// For one question to the broker.
    private static let timeout = Duration.seconds(2)

    init(_ settings: SinkSettings, bootstrap: String, notes: any NoteTaker) throws(MillraceError) {
        self.settings = settings
        self.bootstrap = bootstrap
        self.notes = ClientNotes(client: "sink:\(settings.name)", notes: notes)
        var configuration = settings.configuration(
            .careful, bootstrap: bootstrap, limit: SinkTopicFacts.defaultLimit)
        // It never produces.
        configuration["enable.idempotence"] = "false"
        do throws(KafkaError) {
            let asking = try KafkaProducer(configuration)
            try start(asking)
        } catch {
            throw MillraceError(.config, "sink \(settings.name): \(error.message)")
        }
    }

    private func start(_ asking: KafkaProducer) throws(KafkaError) {
        do throws(SystemError) {
            let thread = try Thread(name: "kafka-sink") { self.run(asking) }
            self.thread.withLock { $0 = thread }
        } catch {
            throw KafkaError(.failed, "no thread: \(error)")
        }
    }

    // MARK: - For lanes, any thread

    /// What is known of the topic; nil as long as no broker has told anything.
    var facts: SinkTopicFacts? { state.withLock { $0.facts } }

    /// A lane that wants to be woken by news.
    func register(_ mail: SinkMail) { state.withLock { $0.mails.append(mail) } }

    /// A producer is wanted, in `delay` milliseconds at the earliest; it comes by `mail`. `afterRefusal`: the topic may
    /// have changed, so it is read first.
    func order(_ kind: SinkOutlet.Kind, _ mail: SinkMail, delay: Int64 = 0, afterRefusal: Bool = false) {
        let due = MonotonicClock.milliseconds() + delay
        ask { agenda in
            agenda.orders.append(SinkAgenda.Order(kind: kind, mail: mail, due: due))
            if afterRefusal { agenda.wantsReading = true }
        }
    }

    /// Reads the topic's limit now; the lanes are woken when that is done.
    func read() {
        ask { $0.wantsReading = true }
    }

    /// Ends a connection, and lets go of deliveries whose payloads it may still look at afterwards.
    func end(_ farewell: SinkFarewell) {
        state.withLock { $0.live[farewell.connection.serial] = nil }
        ask { $0.leaving.append(farewell) }
    }

    /// Ends the thread and all connections. Blocks for a few seconds at most.
    func close() {
        ask { $0.isClosed = true }
        thread.withLock { $0 }?.join()
    }

    private func ask(_ change: (inout SinkAgenda) -> Void) {
        state.withLock { state in
            change(&state.agenda)
            state.agenda.asked += 1
        }
        changed.signal()
    }

    // MARK: - The thread

    private func run(_ asking: KafkaProducer) {
        var serial = 0
        var problem: String?
        loop: while true {
            switch next() {
            case .stop: break loop
            case .end(let farewell): farewell.end(within: .seconds(5))
            case .connect(let order):
                serial += 1
                connect(order, serial)
            case .read:
                let found = read(by: asking)
                if let found, found != problem { notes.note(.error, "sink-topic", [("text", found)]) }
                problem = found
                let interval = found == nil ? SinkKeeper.interval : SinkKeeper.retryInterval
                state.withLock { $0.agenda.nextReading = MonotonicClock.milliseconds() + interval }
            }
            drain(asking)
        }
        for farewell in state.withLock({ $0.agenda.leaving }) { farewell.end(within: .seconds(5)) }
        _ = asking.destroy(within: .seconds(5))
    }

    /// Waits for something to do.
    private func next() -> SinkAgenda.Work {
        while true {
            let now = MonotonicClock.milliseconds()
            let (work, wakeAt, asked) = state.withLock { state in
                (state.agenda.next(now), state.agenda.wakeAt, state.agenda.asked)
            }
            if let work { return work }
            // The answer does not matter: either something was asked for, or the time has come.
            _ = state.wait(on: changed, until: wakeAt * 1_000_000) { $0.agenda.asked == asked ? nil : () }
        }
    }

    /// Looks at the topic; what is wrong with it for people, or nil.
    private func read(by asking: KafkaProducer) -> String? {
        let partitions: KafkaMetadata.Topic?
        do throws(KafkaError) {
            partitions = try asking.client.metadata(topics: [settings.topic], timeout: SinkKeeper.timeout).topics.first
        } catch {
            return error.words(bootstrap)
        }
        guard let partitions, partitions.error == .none, !partitions.partitions.isEmpty else {
            return SinkKeeper.text(settings.topic, partitions?.error ?? .unknownTopicOrPartition)
        }
        // Some brokers never answer this, and producers wait for it: no longer than for one that has answered before.
        let hasAnswered = facts?.limitReadAt != nil
        let limit = limit(by: asking, within: hasAnswered ? SinkKeeper.timeout : .milliseconds(300))
        let (mails, live) = state.withLock { state in
            var facts =
                state.facts
                ?? SinkTopicFacts(limit: SinkTopicFacts.defaultLimit, limitReadAt: nil, readings: 0)
            if let limit { facts.limit = limit }
            facts.limitReadAt = limit == nil ? nil : MonotonicClock.milliseconds()
            facts.readings += 1
            state.facts = facts
            return (state.mails, Array(state.live.values))
        }
        // Each producer looks for itself, so that a lane never chooses a partition that its producer does not know.
        for connection in live where Int(connection.topic.partitionCount) != partitions.partitions.count {
            _ = try? connection.topic.refreshPartitionCount(timeout: SinkKeeper.timeout)
        }
        for mail in mails { mail.wake() }
        return nil
    }

    /// The topic's limit; nil where it cannot be read.
    private func limit(by asking: KafkaProducer, within timeout: Duration) -> Int? {
        if settings.client.isEmbedded { return nil }
        return (try? asking.client.topicSettings(settings.topic, timeout: timeout))?.maxMessageBytes
    }

    private func connect(_ order: SinkAgenda.Order, _ serial: Int) {
        let limit = facts?.limit ?? SinkTopicFacts.defaultLimit
        do throws(KafkaError) {
            let producer = try KafkaProducer(
                settings.configuration(order.kind, bootstrap: bootstrap, limit: limit))
            let topic = try producer.topic(settings.topic)
            // This warms it up as well: without, its first record would wait up to a second.
            try topic.refreshPartitionCount(timeout: SinkKeeper.timeout)
            let connection = SinkConnection(serial: serial, kind: order.kind, producer, topic, limit: limit)
            state.withLock { $0.live[serial] = connection }
            order.mail.post(connection)
        } catch {
            notes.note(.warn, "sink-connect", [("text", error.message)])
            self.order(order.kind, order.mail, delay: SinkKeeper.retryInterval)
        }
    }

    /// The asking client's own log; it has nothing else to say.
    private func drain(_ asking: KafkaProducer) {
        var reports: [DeliveryReport] = []
        var events: [ClientEvent] = []
        asking.poll(&reports, &events)
        for event in events { notes.take(event) }
    }

    /// What a topic's error means, and what to do.
    static func text(_ topic: String, _ error: KafkaErrorCode) -> String {
        switch error {
        case .unknownTopicOrPartition, .unknownTopic: "topic \(topic) does not exist: create it"
        case .topicAuthorization: "not permitted on topic \(topic): grant WRITE and DESCRIBE"
        default: "topic \(topic): \(error.name): \(error.text)"
        }
    }
}
