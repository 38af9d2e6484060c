import Kafka
import KafkaConnector
import Millrace
import MillraceConfig
import Platform

/// A pipeline's dead letter topic, read from outside: no group is joined, nothing is committed. One thread; blocks.
final class LetterTopic {
    /// The topic.
    let topic: String
    let log: SourceLog
    let extents: [SourceLog.Extent]
    private let timeout: Int64

    /// The topic of `config`, as it stands now; a broker may stay away for `timeout` milliseconds.
    ///
    /// Throws 78 where dead letters park or the topic is missing, 77 where it may not be read, 69 where no broker answers.
    init(_ config: PipelineConfig, timeout: Int64) throws(MillraceError) {
        guard case .write(let options) = config.deadLetter, let topic = options.string("topic") else {
            throw MillraceError(
                .config, "dead_letter is park: there is no dead letter topic",
                remedy: "a shard with a bad record stands still; `millrace status CONFIG` names it")
        }
        self.topic = topic
        self.timeout = timeout
        let cluster = try KafkaCluster(deadLetter: options, source: config.source.options)
        log = try SourceLog(cluster, name: "\(config.name)-dlq", timeout: timeout)
        do throws(MillraceError) {
            extents = try log.extents(of: try log.shards(of: [topic]))
        } catch {
            log.close()
            throw error
        }
    }

    /// Ends the reading.
    func close() { log.close() }

    /// How many partitions it has.
    var partitions: Int { extents.count }

    /// What there is of it, from the time `since` on, which is a ``Place``.
    func parts(since: String?) throws(MillraceError) -> [LogScan.Part] {
        var starts = extents.map(\.log.lowerBound)
        if let since {
            guard let place = Place(since) else {
                throw MillraceError(.usage, "\"\(since)\" is no time", remedy: "write an RFC 3339 time, or an age: -2h")
            }
            if case .offset = place {
                throw MillraceError(
                    .usage, "--since takes a time, not the offset \(since)",
                    remedy: "--origin TOPIC:PARTITION:OFFSET names a letter")
            }
            starts = try log.offsets(of: place, in: extents, now: WallClock.now())
        }
        return zip(extents, starts).map { extent, start in
            LogScan.Part(shard: extent.shard, from: start, to: extent.log.upperBound)
        }
    }

    /// Hands everything that `filter` means to `take`, in the order of each partition; what had expired meanwhile is said.
    /// - Parameter payloads: Whether payloads are brought along.
    func read(
        _ filter: LetterFilter, payloads: Bool, _ view: any JobView,
        _ take: (FoundLetter) throws(MillraceError) -> Void
    ) throws(MillraceError) {
        let parts = try parts(since: filter.since)
        let total = parts.reduce(0) { $0 + Int(max(0, $1.to - $1.from)) }
        let losses = try scan(
            parts, payloads: payloads, look: { (done) in view.progress(done, of: total, note: "") },
            { (found) throws(MillraceError) in if filter.takes(found) { try take(found) } })
        for loss in losses { view.say(LetterTopic.text(loss)) }
    }

    /// Hands everything in `parts` to `take`; see ``LogScan``.
    func scan(
        _ parts: [LogScan.Part], payloads: Bool, look: (Int) throws(MillraceError) -> Void,
        _ take: (FoundLetter) throws(MillraceError) -> Void
    ) throws(MillraceError) -> [LogScan.Loss] {
        try LogScan(log: log, timeout: timeout).run(parts, look: look) {
            (shard, batch, index) throws(MillraceError) in
            try take(FoundLetter(shard, batch, index, payload: payloads))
        }
    }

    /// What is said of records that had expired when they were to be read.
    static func text(_ loss: LogScan.Loss) -> String {
        "\(loss.shard): \(loss.offsets.lowerBound)..<\(loss.offsets.upperBound) expired before it was read"
    }
}

extension FoundLetter {
    /// The message at `index` of `batch`, which lies in `shard`.
    init(_ shard: ShardID, _ batch: MessageBatch, _ index: Int, payload isWanted: Bool) {
        let message = batch[index]
        let copied = batch.copied(index, payload: isWanted)
        self.init(
            shard, offset: message.offset, timestamp: message.timestamp, key: copied.key, payload: copied.payload,
            size: message.payloadCount + message.keyCount, headers: copied.headers)
    }
}
