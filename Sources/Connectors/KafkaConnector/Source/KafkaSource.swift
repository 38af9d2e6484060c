import Kafka
import Millrace
import Platform

/// The partitions of Kafka topics as shards, by a consumer group.
///
/// One control thread polls the consumer's main queue, assigns, commits and gives back; lanes read their partitions'
/// queues. What others tell the source waits in its inbox, which wakes the control thread.
final class KafkaSource: Source {
    /// What the control thread is told.
    enum Message: Sendable {
        case acknowledge(Acknowledgement)
        case release(Acknowledgement)
        case stop(deadline: Int64)
    }

    /// What others may look at.
    struct View: Sendable {
        /// What holds up all shards.
        var trouble: String?
        /// The group gave the shards away without asking, and has not let the worker in again: in words.
        var exclusion: String?
        /// The topics that are not there any more.
        var missing: Set<String> = []
        var ends: [ShardID: Int64] = [:]
        /// What stands behind open transactions.
        var pending: [ShardID: PendingInput] = [:]
        var tails: [ShardID: ReadTail] = [:]
        var committed: [ShardID: Int64] = [:]
        var commitFailures = 0
        var hasJoined = false
        /// How the stop went; nil before its end.
        var stopped: Bool?

        /// What the source waits for.
        var problem: String? { trouble ?? exclusion ?? (missing.isEmpty ? nil : View.words(missing)) }

        /// What `shard` waits for: a topic that is missing is no reason for the shards of another.
        func problem(of shard: ShardID) -> String? {
            trouble ?? (missing.contains(shard.topic) ? View.words([shard.topic]) : nil)
        }

        /// A broker said where what may be read of `shard` ends, and where the log does.
        mutating func hear(_ shard: ShardID, end: Int64, logEnd: Int64, now: Int64) {
            trouble = nil
            ends[shard] = end
            guard logEnd > end else {
                pending[shard] = nil
                return
            }
            // Where the end moves one transaction follows the other: nothing stands still.
            let since = pending[shard].flatMap { $0.offset == end ? $0.since : nil } ?? now
            pending[shard] = PendingInput(offset: end, count: logEnd - end, since: since)
        }

        private static func words(_ missing: Set<String>) -> String {
            let names = missing.sorted().joined(separator: ", ")
            return missing.count == 1
                ? "topic \(names) is not there any more: deleted?" : "topics \(names) are not there any more: deleted?"
        }
    }

    let settings: SourceSettings
    let notes: any NoteTaker
    let inbox = Locked<[Message]>([])
    let view = Locked<View>(View())
    let changed = Condition()
    let wakeUp: WakeUp
    private let thread = Locked<Thread?>(nil)

    /// A source that is not connected to anything yet.
    init(_ settings: SourceSettings, notes: any NoteTaker) throws(MillraceError) {
        self.settings = settings
        self.notes = notes
        do { wakeUp = try WakeUp() } catch { throw MillraceError(.internal, "no eventfd: \(error)") }
    }

    func start(_ owner: any ShardOwner) throws(MillraceError) {
        do {
            let thread = try Thread(name: "kafka-source") { [self] in
                SourceControl(self, owner: owner).run()
            }
            self.thread.withLock { $0 = thread }
        } catch { throw MillraceError(.internal, "cannot start the source's thread: \(error)") }
    }

    func acknowledge(_ acknowledgement: Acknowledgement) { post(.acknowledge(acknowledgement)) }

    func release(_ acknowledgement: Acknowledgement) { post(.release(acknowledgement)) }

    func ends() -> [ShardID: Int64] {
        view.withLock { view in
            var ends = view.ends
            for (shard, tail) in view.tails { ends[shard] = tail.end(heard: ends[shard]) }
            return ends
        }
    }

    func pending(of shard: ShardID) -> PendingInput? { view.withLock { $0.pending[shard] } }

    func committed() -> [ShardID: Int64] { view.withLock { $0.committed } }

    var commitFailures: Int { view.withLock { $0.commitFailures } }

    var hasJoined: Bool { view.withLock { $0.hasJoined } }

    var problem: String? { view.withLock { $0.problem } }

    func problem(of shard: ShardID) -> String? { view.withLock { $0.problem(of: shard) } }

    func stop(deadline: Int64) -> Bool {
        guard let thread = thread.withLock({ $0 }) else { return true }
        post(.stop(deadline: deadline))
        // The control thread keeps to the deadline itself; the rest is for a client that will not let go of it.
        let limit = (max(deadline, MonotonicClock.milliseconds()) + 2000) * 1_000_000
        let stopped = view.wait(on: changed, until: limit) { $0.stopped } ?? false
        if stopped { _ = thread.join(until: limit) }
        return stopped
    }

    private func post(_ message: Message) {
        inbox.withLock { $0.append(message) }
        wakeUp.signal()
    }
}
