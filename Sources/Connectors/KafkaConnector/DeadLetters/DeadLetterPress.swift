import Kafka
import Millrace
import Platform

/// The work of the dead letter thread: letters in, requests out, answers back. Used on that thread only; it may block.
final class DeadLetterPress {
    private let topic: String
    private let configuration: KafkaConfiguration
    private let compresses: Bool
    private let notes: ClientNotes
    private var producer: KafkaProducer
    private var target: ProducerTopic
    private var wakeDescriptor: Int32 = -1

    /// Letters that were not sent yet, in order.
    private var backlog: [KafkaDeadLetterWriter.Job] = []
    /// Letters on their way, by the number that comes back in the report.
    private var sent: [UInt: KafkaDeadLetterWriter.Job] = [:]
    private var lastNumber: UInt = 0
    /// When the topic is looked at again, monotonic milliseconds.
    private var nextLook: Int64 = 0
    private var problem: String?
    private var reports: [DeliveryReport] = []
    private var events: [ClientEvent] = []
    /// Bytes of letters answered in this turn.
    private var answered = 0

    /// For one question to the broker. Short, because the thread must also end in time.
    private static let timeout = Duration.seconds(1)
    private static let retryInterval: Int64 = 500
    private static let interval: Int64 = 60_000

    init(
        topic: String, client: ClientOptions, bootstrap: String, clientID: String, notes: any NoteTaker
    ) throws(KafkaError) {
        var configuration = client.configuration(over: .plainProducer(brokers: bootstrap, clientID: clientID))
        configuration["allow.auto.create.topics"] = "false"
        configuration["queue.buffering.max.messages"] = "0"
        configuration["queue.buffering.max.kbytes"] = "2147483647"
        configuration["message.max.bytes"] = "1000000000"
        // The broker refuses requests, not records: with one letter in it, it refuses that.
        configuration["batch.num.messages"] = "1"
        configuration["queue.buffering.max.ms"] = nil
        configuration["linger.ms"] = "0"
        self.configuration = configuration
        self.topic = topic
        self.notes = ClientNotes(client: "dead_letter", notes: notes)
        compresses = client.compresses
        let producer = try KafkaProducer(configuration)
        self.producer = producer
        target = try producer.topic(topic)
    }

    /// Whether every letter has its answer.
    var isEmpty: Bool { backlog.isEmpty && sent.isEmpty }

    /// When there is something to do without anybody ringing, monotonic milliseconds.
    var nextTurn: Int64? { backlog.isEmpty ? nil : nextLook }

    /// Has `descriptor` rung for reports.
    func wake(_ descriptor: Int32) {
        wakeDescriptor = descriptor
        producer.wake(descriptor)
    }

    /// Takes `jobs`, sends what can be sent, answers what has come back; the bytes of the letters answered.
    func turn(_ jobs: [KafkaDeadLetterWriter.Job]) -> Int {
        answered = 0
        backlog.append(contentsOf: jobs)
        hear()
        if !backlog.isEmpty && MonotonicClock.milliseconds() >= nextLook { look() }
        if !backlog.isEmpty && target.partitionCount > 0 { send() }
        hear()
        return answered
    }

    /// Ends the producer; what has no answer is answered `failed`. It may have been written.
    func end() {
        hear()
        _ = producer.destroy(within: .seconds(2))
        for job in backlog { job.reply(.failed("the worker stopped before it was written")) }
        for job in sent.values { job.reply(.failed("the worker stopped before the broker answered")) }
        backlog.removeAll()
        sent.removeAll()
    }

    // MARK: - The topic

    /// Asks how many partitions there are. What has no topic to go to fails, and is tried again by who sent it; as long as
    /// no broker answers, letters wait.
    private func look() {
        if let fatal = producer.fatalError { replace(fatal) }
        do throws(KafkaError) {
            try target.refreshPartitionCount(timeout: DeadLetterPress.timeout)
            nextLook = MonotonicClock.milliseconds() + DeadLetterPress.interval
            problem = nil
        } catch {
            nextLook = MonotonicClock.milliseconds() + DeadLetterPress.retryInterval
            let isAnswer = error.code.isAnswer
            let text = isAnswer ? DeadLetterVerdict.text(topic, error.code) : "no broker answers: \(error.message)"
            if text != problem { notes.note(.error, "dead-letter-topic", [("text", text)]) }
            problem = text
            guard isAnswer else { return }
            for job in backlog { answer(job, .failed(text)) }
            backlog.removeAll()
        }
    }

    /// The size of a batch that the topic takes now; nil where it cannot be read.
    private func limit() -> Int? {
        (try? producer.client.topicSettings(topic, timeout: DeadLetterPress.timeout))?.maxMessageBytes
    }

    /// A fatal producer gives way to a new one, once all its reports are there.
    private func replace(_ fatal: KafkaError) {
        guard sent.isEmpty else {
            producer.purgeQueued()
            return
        }
        notes.note(.warn, "dead-letter-producer", [("is", "broken"), ("text", fatal.message)])
        do throws(KafkaError) {
            let next = try KafkaProducer(configuration)
            target = try next.topic(topic)
            next.wake(wakeDescriptor)
            producer = next
        } catch {
            notes.note(.error, "dead-letter-producer", [("text", error.message)])
        }
    }

    // MARK: - Letters

    private func send() {
        var rest: [KafkaDeadLetterWriter.Job] = []
        for job in backlog {
            if producer.fatalError != nil {
                rest.append(job)
                nextLook = min(nextLook, MonotonicClock.milliseconds() + DeadLetterPress.retryInterval)
            } else {
                send(job)
            }
        }
        backlog = rest
    }

    private func send(_ job: KafkaDeadLetterWriter.Job) {
        let letter = job.letter
        let headers = letter.encodedHeaders().map { (name: $0.name, value: $0.value) }
        let size = RecordSize.alone(
            key: letter.key?.count, payload: letter.payload?.count, headerCount: headers.count,
            headers: RecordSize.headers(headers))
        if size > DeadLetterPress.plainSize && !compresses {
            // Asked for anew, as a letter that is cut by an old limit has lost its payload for nothing.
            let limit = limit() ?? DeadLetterPress.largestRequest
            if size > limit { return answer(job, .tooLarge(DeadLetterVerdict.tooLarge(topic, size, limit))) }
        }
        lastNumber += 1
        let code = produce(letter, headers, number: lastNumber)
        if code == .none { sent[lastNumber] = job } else { answer(job, outcome(code, -1, KafkaOffset.invalid)) }
    }

    /// A letter of up to so many bytes is the broker's to judge. Beyond `socket.request.max.bytes` (100 MiB by default) it
    /// would not judge but end the connection, time and again.
    private static let plainSize = 32 << 20
    private static let largestRequest = 96 << 20

    private func produce(
        _ letter: DeadLetter, _ headers: [(name: String, value: [UInt8]?)], number: UInt
    ) -> KafkaErrorCode {
        producer.produce(
            payload: letter.payload, key: letter.key, headers: headers,
            partition: letter.origin.partition % max(1, target.partitionCount), opaque: number, to: target)
    }

    private func hear() {
        reports.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        producer.poll(&reports, &events)
        for event in events { notes.take(event) }
        for report in reports {
            guard let job = sent.removeValue(forKey: report.opaque) else { continue }
            answer(job, outcome(report.error, report.partition, report.offset))
        }
    }

    private func outcome(_ code: KafkaErrorCode, _ partition: Int32, _ offset: Int64) -> DeadLetterOutcome {
        if DeadLetterVerdict.isAboutTopic(code) { nextLook = 0 }
        return DeadLetterVerdict.outcome(code, topic, partition, offset, fatal: producer.fatalError?.message)
    }

    private func answer(_ job: KafkaDeadLetterWriter.Job, _ outcome: DeadLetterOutcome) {
        answered += job.bytes
        job.reply(outcome)
    }
}
