import Kafka
import Millrace
import Platform

/// Writes dead letters to a topic: one producer a process, on a thread of its own.
///
/// A letter goes to the partition of its source partition mod n, with the time of its writing: by the record's own time
/// retention might delete it at once. It goes in a request of its own, so that a letter which is refused takes no other
/// with it; the letters of a shard land in order all the same, as they share a partition. A broker that is away is waited
/// for, whatever that takes.
///
/// # Configuration keys
/// `topic`, and those of ``ClientOptions``: see ``keys``.
final class KafkaDeadLetterWriter: DeadLetterWriter {
    /// A letter that waits for its answer.
    struct Job: Sendable {
        let letter: DeadLetter
        let reply: @Sendable (DeadLetterOutcome) -> Void
        /// About what it takes in memory.
        let bytes: Int
    }

    /// What comes in. Letters are copies of their records, which no other limit counts.
    private struct Inbox {
        var jobs: [Job] = []
        /// The bytes of all letters without an answer.
        var bytes = 0
        /// Set once it is to end.
        var deadline: Int64?
    }

    /// The bytes of letters that may wait; one that comes beyond is answered `failed`, and comes again.
    static let limit = 64 << 20

    private let inbox = Locked(Inbox())
    private let bell: WakeUp
    private let thread = Locked<Thread?>(nil)

    /// The keys that `dead_letter` has beside those of the engine.
    static let keys = ClientOptions.keys

    /// What is wrong with the keys of `dead_letter` beyond their types.
    static func check(_ options: Options) -> [ConfigIssue] {
        var issues = ClientOptions.check(
            options, for: .producer, owned: SinkSettings.owned,
            over: .gaplessProducer(brokers: "", clientID: "millrace"))
        if let issue = ClientOptions.topicIssue(options) { issues.append(issue) }
        return issues
    }

    /// A writer to the topic of `options`, those of `dead_letter`. Connects to nothing yet.
    ///
    /// Throws for a configuration that does not hold together.
    init(_ options: Options, source: Options, _ context: SourceContext) throws(MillraceError) {
        let topic = options.string("topic") ?? ""
        let client = ClientOptions(options, inheriting: source)
        let bootstrap = try client.bootstrap(topics: [topic])
        let press: DeadLetterPress
        do {
            bell = try WakeUp()
            press = try DeadLetterPress(
                topic: topic, client: client, bootstrap: bootstrap,
                clientID: ClientOptions.clientID(context.pipeline, "dlq"), notes: context.notes)
        } catch {
            throw MillraceError(.config, "dead_letter: \(error)")
        }
        do throws(SystemError) {
            let thread = try Thread(name: "kafka-dlq") { self.run(press) }
            self.thread.withLock { $0 = thread }
        } catch {
            throw MillraceError(.internal, "dead_letter: no thread: \(error)")
        }
    }

    func write(_ letter: DeadLetter, _ reply: @escaping @Sendable (DeadLetterOutcome) -> Void) {
        let bytes = letter.size
        let refusal = inbox.withLock { inbox -> String? in
            if inbox.deadline != nil { return "the worker is stopping" }
            if inbox.bytes > 0 && inbox.bytes + bytes > KafkaDeadLetterWriter.limit {
                return "\(inbox.bytes) bytes of dead letters wait already"
            }
            inbox.bytes += bytes
            inbox.jobs.append(Job(letter: letter, reply: reply, bytes: bytes))
            return nil
        }
        if let refusal { reply(.failed(refusal)) } else { bell.signal() }
    }

    func close(deadline: Int64) {
        inbox.withLock { $0.deadline = deadline }
        bell.signal()
        // It ends by itself at the deadline; a question that it is asking may take a moment more.
        thread.withLock { $0 }?.join(until: (deadline + 5_000) * 1_000_000)
    }

    // MARK: - The thread

    private func run(_ press: DeadLetterPress) {
        press.wake(bell.descriptor)
        var poller = Poller([bell.descriptor])
        while true {
            bell.drain()
            let (jobs, deadline) = inbox.withLock { inbox in
                defer { inbox.jobs.removeAll() }
                return (inbox.jobs, inbox.deadline)
            }
            let answered = press.turn(jobs)
            if answered > 0 { inbox.withLock { $0.bytes -= answered } }
            let now = MonotonicClock.milliseconds()
            if let deadline, press.isEmpty || now >= deadline { break }
            let next = min(press.nextTurn ?? .max, deadline ?? .max)
            // A poll that fails can only be a descriptor gone bad: then it goes round at its own pace.
            _ = try? poller.wait(until: next == .max ? nil : next * 1_000_000)
        }
        press.end()
        for job in inbox.withLock({ $0.jobs }) { job.reply(.failed("the worker is stopping")) }
    }
}

extension DeadLetter {
    /// About what the letter takes in memory.
    var size: Int {
        let headers = self.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) + 64 }
        return (key?.count ?? 0) + (payload?.count ?? 0) + headers + error.utf8.count + 1024
    }
}
