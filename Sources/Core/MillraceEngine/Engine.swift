import Millrace
import MillraceMachines
import Platform
import Synchronization

/// The worker's heart: lanes over the shards that a source assigns.
///
/// Made, started, drained and stopped by one thread; what it is told by the source and asked by others may come from any.
public final class Engine: Sendable {
    private let shared: LaneShared
    private let lanes: [(mailbox: Mailbox, thread: Thread)]
    /// The lane of each shard that is owned.
    private let owners = Locked<[ShardID: Int]>([:])
    private let sourceFailure = Locked<MillraceError?>(nil)
    /// Set before the lanes are told to end: nothing that is posted to them behind that is heard.
    private let hasStopped = Locked(false)

    /// Opens the sinks on `plan.lanes` lanes. Nothing is read until the source is started.
    ///
    /// Blocks until every lane has opened its ends of the sinks, and throws the first error of one.
    public init(_ plan: PipelinePlan, source: any Source, observer: any Observer, notes: any NoteTaker)
        throws(MillraceError)
    {
        let count = max(1, plan.lanes)
        let shared = LaneShared(pipeline: Pipeline(plan), source: source, observer: observer, lanes: count)
        self.shared = shared
        let opened = Opening(lanes: count)
        var lanes: [(mailbox: Mailbox, thread: Thread)] = []
        do {
            for index in 0..<count {
                let mailbox = try Mailbox()
                shared.register(mailbox)
                let thread = try Thread(name: "lane-\(index)") {
                    do throws(MillraceError) {
                        var lane = try Lane(index: index, shared: shared, mailbox: mailbox, notes: notes)
                        opened.done(nil)
                        lane.run()
                    } catch { opened.done(error) }
                }
                lanes.append((mailbox, thread))
            }
        } catch {
            throw MillraceError(.internal, "cannot start a lane: \(error)")
        }
        self.lanes = lanes
        if let error = opened.wait() {
            for lane in lanes { lane.mailbox.post(.stop) }
            for lane in lanes { lane.thread.join() }
            throw error
        }
    }

    /// How everything stands, asked of the lanes; nil when one does not answer within `milliseconds`.
    public func snapshot(within milliseconds: Int64 = 200) -> WorkerSnapshot? {
        let request = SnapshotRequest(lanes: lanes.count, sinks: shared.pipeline.sinks.count)
        for lane in lanes { lane.mailbox.post(.snapshot(request)) }
        return request.wait(until: MonotonicClock.now() + milliseconds * 1_000_000)
    }

    /// Reads no more and finishes what was begun, at the latest at `deadline` (monotonic milliseconds); each shard is
    /// released to the source as it ends. Returns at once.
    public func drain(deadline: Int64) {
        for lane in lanes { lane.mailbox.post(.drain(deadline: deadline)) }
    }

    /// The shards that have not been released.
    public var openShards: Int { shared.openShards.load(ordering: .sequentiallyConsistent) }

    /// Records that were begun and handed back undone, over all shards since the start.
    public var undone: Int { shared.undone.load(ordering: .relaxed) }

    /// The bytes that batches hold.
    public var batchBytes: Int { shared.credit.used }

    /// Ends the lanes and closes the sinks. Call it once no shard is open.
    public func stop() {
        hasStopped.withLock { $0 = true }
        for lane in lanes { lane.mailbox.post(.stop) }
        for lane in lanes { lane.thread.join() }
        for sink in shared.pipeline.plan.sinks { sink.sink.close() }
    }

    /// The names of the sinks, in their order.
    public var sinkNames: [String] { shared.pipeline.sinkNames }

    // MARK: - Operators

    // Each blocks until every lane has answered, and answers nil when one does not within `answerTime`.

    /// How long a lane may take to follow a command, milliseconds.
    private static let answerTime: Int64 = 5_000

    /// Holds a shard or a sink, or everything, until it is resumed or the process ends.
    @discardableResult
    public func pause(_ hold: Hold) -> OperationOutcome? {
        // First for shards that are assigned from now on, then for those that are there.
        shared.holds.withLock { _ = $0.insert(hold) }
        return operate(.pause(hold))
    }

    /// Lets go on what was held by the same words.
    @discardableResult
    public func resume(_ hold: Hold) -> OperationOutcome? {
        shared.holds.withLock { _ = $0.remove(hold) }
        return operate(.resume(hold))
    }

    /// What is held.
    public var holds: Set<Hold> { shared.holds.withLock { $0 } }

    /// Makes a record that waits a dead letter.
    @discardableResult
    public func skip(shard: ShardID, offset: Int64, reason: String) -> OperationOutcome? {
        operate(.skip(shard: shard, offset: offset, reason: reason))
    }

    /// Decides the suspects of a sink, or lets a parked sink go on.
    @discardableResult
    public func resolve(sink: Int, poison: Bool) -> OperationOutcome? {
        operate(.resolve(sink: sink, poison: poison))
    }

    private func operate(_ operation: Operation) -> OperationOutcome? {
        let request = OperationRequest(lanes: lanes.count)
        for lane in lanes { lane.mailbox.post(.operate(operation, request)) }
        return request.wait(until: MonotonicClock.now() + Engine.answerTime * 1_000_000)
    }
}

extension Engine: ShardOwner {
    /// Gives each shard to the lane that has the fewest.
    public func assign(_ shards: [ShardAssignment]) {
        shared.topicsWithHoles.withLock { $0.removeAll() }
        for assignment in shards {
            let lane = owners.withLock { owners in
                var load = Array(repeating: 0, count: lanes.count)
                for lane in owners.values { load[lane] += 1 }
                let lane = load.indices.min { load[$0] < load[$1] } ?? 0
                owners[assignment.shard] = lane
                return lane
            }
            // Under the lock, so that the end comes before or behind the message, and never between the look and it.
            let isTaken = hasStopped.withLock { hasStopped in
                if hasStopped { return false }
                shared.openShards.add(1, ordering: .sequentiallyConsistent)
                lanes[lane].mailbox.post(.assign(assignment))
                return true
            }
            if !isTaken { handBack(assignment) }
        }
    }

    /// Releases a shard as it came: the group gave it to a worker that had ended by then, and waits for it.
    private func handBack(_ assignment: ShardAssignment) {
        assignment.reader.close()
        shared.source.release(
            Acknowledgement(
                shard: assignment.shard, epoch: assignment.epoch, checkpoint: assignment.checkpoint,
                metadata: assignment.metadata ?? ""))
    }

    /// Tells the lanes; each shard is released to the source as it ends.
    public func revoke(_ shards: [ShardID], deadline: Int64, lost: Bool) {
        let lanes = owners.withLock { owners in
            Set(shards.compactMap { owners.removeValue(forKey: $0) })
        }
        for lane in lanes { self.lanes[lane].mailbox.post(.revoke(shards, deadline: deadline)) }
    }
}

extension Engine {
    /// Remembers why the source cannot go on, see ``failure``.
    public func fail(_ error: MillraceError) { sourceFailure.withLock { $0 = $0 ?? error } }

    /// Why the source cannot go on: the worker ends with it. Nil while all is well.
    public var failure: MillraceError? { sourceFailure.withLock { $0 } }
}

/// Waits for all lanes to have opened their sinks.
private final class Opening: Sendable {
    private struct State {
        var missing: Int
        var error: MillraceError?
    }

    private let state: Locked<State>
    private let changed = Condition()

    init(lanes: Int) { state = Locked(State(missing: lanes)) }

    func done(_ error: MillraceError?) {
        state.withLock { state in
            state.missing -= 1
            if state.error == nil { state.error = error }
        }
        changed.broadcast()
    }

    func wait() -> MillraceError? {
        state.wait(on: changed) { $0.missing == 0 ? UncheckedBox($0.error) : nil }?.value
    }
}
