import Kafka
import Millrace
import Platform

/// Reads parts of logs once, record after record, without a group. One thread; blocks.
struct LogScan {
    /// A part of a shard's log.
    struct Part: Sendable, Hashable {
        let shard: ShardID
        /// The first offset.
        let from: Int64
        /// The first that is not part of it.
        let to: Int64
    }

    /// Offsets that had expired when they were to be read.
    struct Loss: Sendable, Hashable {
        let shard: ShardID
        let offsets: Range<Int64>
    }

    let log: SourceLog
    /// How long nothing may come, milliseconds.
    let timeout: Int64

    /// A part that is being read.
    private struct Reading {
        let part: Part
        let queue: PartitionQueue
        var next: Int64
        var isDone = false
    }

    private static let batch = 500
    private static let patience: Int64 = 100

    /// Hands each record of `parts`, at most one of a shard, to `take`: the messages and the place among them, in the
    /// order of each log.
    ///
    /// `look` is told several times a second how many offsets are done, and may throw to end it.
    /// - Returns: What was no more there.
    func run(
        _ parts: [Part], look: (Int) throws(MillraceError) -> Void,
        take: (ShardID, MessageBatch, Int) throws(MillraceError) -> Void
    ) throws(MillraceError) -> [Loss] {
        var readings = try open(parts.filter { $0.from < $0.to })
        var losses: [Loss] = []
        defer {
            try? log.consumer.unassign()
            for reading in readings { reading.queue.close() }
        }
        let wakeUp: WakeUp
        do { wakeUp = try WakeUp() } catch { throw MillraceError(.internal, "no eventfd: \(error)") }
        for reading in readings { reading.queue.wake(wakeUp.descriptor) }
        var poller = Poller([wakeUp.descriptor])
        var quietSince = MonotonicClock.milliseconds()
        var nextLook = quietSince
        while readings.contains(where: { !$0.isDone }) {
            var isMoving = false
            for index in readings.indices where !readings[index].isDone {
                if try read(&readings[index], &losses, take) { isMoving = true }
            }
            let now = MonotonicClock.milliseconds()
            if isMoving { quietSince = now }
            if now >= nextLook || !isMoving {
                try look(readings.reduce(0) { $0 + Int($1.next - $1.part.from) })
                nextLook = now + LogScan.patience
            }
            if isMoving { continue }
            let trouble = events()
            if now - quietSince > timeout { throw stalled(readings, trouble) }
            _ = try? poller.wait(timeout: LogScan.patience * 1_000_000)
            wakeUp.drain()
        }
        return losses
    }

    private func open(_ parts: [Part]) throws(MillraceError) -> [Reading] {
        guard !parts.isEmpty else { return [] }
        do throws(KafkaError) {
            // Detached before assign: afterwards the first records would go to the main queue.
            var readings: [Reading] = []
            for part in parts {
                readings.append(
                    Reading(
                        part: part, queue: try log.consumer.partitionQueue(part.shard.topic, part.shard.partition),
                        next: part.from))
            }
            try log.consumer.assign(
                parts.map { TopicPartition($0.shard.topic, $0.shard.partition, offset: $0.from) })
            return readings
        } catch { throw MillraceError(.unavailable, "cannot read: \(error.message)") }
    }

    /// Reads what is there; whether that was anything.
    private func read(
        _ reading: inout Reading, _ losses: inout [Loss],
        _ take: (ShardID, MessageBatch, Int) throws(MillraceError) -> Void
    ) throws(MillraceError) -> Bool {
        let batch = MessageBatch(capacity: LogScan.batch)
        let count = reading.queue.read(into: batch, max: LogScan.batch)
        for index in 0..<count where !reading.isDone {
            let (offset, error) = (batch[index].offset, batch[index].error)
            switch error {
            case .none where offset >= reading.part.to, .partitionEnd where offset >= reading.part.to:
                reading.isDone = true
            case .none where offset < reading.next: break  // Of an earlier place: the client may bring it once more.
            case .none:
                reading.next = offset + 1
                try take(reading.part.shard, batch, index)
                reading.isDone = reading.next >= reading.part.to
            case .partitionEnd: break
            case .autoOffsetReset, .offsetOutOfRange: try skipLost(&reading, &losses)
            default:
                throw MillraceError(
                    [.topicAuthorization, .groupAuthorization].contains(error) ? .notPermitted : .unavailable,
                    "\(reading.part.shard): \(batch[index].errorText)")
            }
        }
        if reading.isDone { reading.next = reading.part.to }
        return count > 0
    }

    /// The log begins behind the place that was to be read: goes on where it begins.
    private func skipLost(_ reading: inout Reading, _ losses: inout [Loss]) throws(MillraceError) {
        let extent = try log.extents(of: [reading.part.shard])[0]
        let first = min(max(extent.log.lowerBound, reading.next), reading.part.to)
        if first > reading.next { losses.append(Loss(shard: reading.part.shard, offsets: reading.next..<first)) }
        reading.next = first
        if first >= reading.part.to || first >= extent.log.upperBound {
            reading.isDone = true
            return
        }
        do { try reading.queue.seek(to: first, timeout: .milliseconds(timeout)) } catch {
            throw MillraceError(.unavailable, "\(reading.part.shard): \(error.message)")
        }
    }

    /// What the client has met, the last of it.
    private func events() -> String? {
        var trouble: String?
        while let event = log.consumer.poll(timeout: .zero) {
            if case .error(let error, _) = event, error.code != .groupAuthorization { trouble = error.message }
        }
        return trouble
    }

    private func stalled(_ readings: [Reading], _ trouble: String?) -> MillraceError {
        let place = readings.first { !$0.isDone }.map { "\($0.part.shard):\($0.next)" } ?? ""
        return MillraceError(
            .unavailable, "nothing came from \(place) within \(timeout / 1_000) s" + (trouble.map { ": \($0)" } ?? ""),
            remedy: "--timeout is how long it is waited for")
    }
}
