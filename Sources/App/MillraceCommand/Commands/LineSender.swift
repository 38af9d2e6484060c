import Kafka
import KafkaConnector
import Millrace
import Platform

/// Sends records to one topic and counts what becomes of them. For one thread.
final class LineSender {
    private let producer: KafkaProducer
    private let topic: ProducerTopic
    private let start = MonotonicClock.now()
    private var reports: [DeliveryReport] = []
    private var events: [ClientEvent] = []
    private var delivered = 0
    private var bytes = 0
    private var failures = LineFailures()
    /// nil where it is not known: then the brokers say it of a whole request.
    private let limit: TopicLimit?

    /// A sender to `topic`, which must exist. `timeout`, in milliseconds, is how long a broker may stay away.
    init(brokers: String, topic name: String, timeout: Int64) throws(MillraceError) {
        try TopicProbe(brokers: brokers, topic: name).require(timeout: timeout)
        limit = LineSender.limit(of: name, brokers, timeout)
        var configuration = KafkaConfiguration()
        configuration["bootstrap.servers"] = brokers
        configuration["client.id"] = "millrace-produce"
        configuration["enable.idempotence"] = "true"
        configuration["partitioner"] = "murmur2_random"
        configuration["linger.ms"] = "20"
        configuration["message.timeout.ms"] = String(timeout)
        // Whether a record is too large is for the broker to say.
        configuration["message.max.bytes"] = String(LineReader.longestLine + (1 << 20))
        configuration["queue.buffering.max.kbytes"] = String(64 << 10)
        // A request of small records must not be refused for the size of them all.
        if let limit { configuration["batch.size"] = String(max(1, min(1_000_000, limit.bytes))) }
        do throws(KafkaError) {
            producer = try KafkaProducer(configuration)
            topic = try producer.topic(name)
        } catch {
            throw MillraceError(.usage, error.message)
        }
    }

    private static func limit(of topic: String, _ brokers: String, _ timeout: Int64) -> TopicLimit? {
        let configuration = KafkaConfiguration.client(brokers: brokers, clientID: "millrace-produce")
        guard let asking = try? KafkaProducer(configuration) else { return nil }
        defer { _ = asking.destroy(within: .seconds(1)) }
        return TopicLimit(of: topic, client: asking.client, timeout: .milliseconds(min(timeout, 5_000)))
    }

    /// Sends `record`, after waiting for room where there is none. One that the topic does not take is left out, and told of.
    func send(_ record: LineForm.Record) throws(MillraceError) {
        if let limit, TopicLimit.size(key: record.key?.count, payload: record.payload.count) > limit.bytes {
            failures.add(record.line, .tooLarge(limit: limit.bytes))
            return
        }
        bytes += record.payload.count + (record.key?.count ?? 0)
        while true {
            let code = producer.produce(
                payload: record.payload, key: record.key, opaque: UInt(record.line), to: topic)
            if code != .queueFull {
                if code != .none { failures.add(record.line, .refused(code)) }
                if code == .fatal || code == .destroyed {
                    throw MillraceError(.unavailable, producer.fatalError?.message ?? code.text)
                }
                break
            }
            poll(.milliseconds(100))
        }
        poll(.zero)
    }

    /// Waits until every record is acknowledged or given up, at most for a while longer than `timeout` milliseconds.
    func finish(_ timeout: Int64) {
        let isDone = producer.flush(&reports, &events, timeout: .milliseconds(timeout + 5_000))
        takeReports()
        if !isDone { failures.unanswered = producer.outstanding }
    }

    /// Frees the producer.
    func close() { _ = producer.destroy(within: .seconds(2)) }

    /// What became of the records, a line.
    var summary: String {
        let milliseconds = (MonotonicClock.now() - start) / 1_000_000
        let seconds = "\(milliseconds / 1_000).\(String(milliseconds % 1_000 / 10 + 100).dropFirst())"
        return "\(delivered) delivered to \(topic.name), \(failures.count) failed, \(bytes) bytes in \(seconds) s\n"
    }

    /// The records that were not delivered, as an error; nil when all were.
    var problem: MillraceError? { failures.error(topic: topic.name) }

    private func poll(_ timeout: Duration) {
        producer.poll(&reports, &events, timeout: timeout)
        takeReports()
    }

    private func takeReports() {
        for report in reports {
            if report.error == .none {
                delivered += 1
            } else {
                failures.add(Int(report.opaque), .refused(report.error))
            }
        }
        reports.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
    }
}
