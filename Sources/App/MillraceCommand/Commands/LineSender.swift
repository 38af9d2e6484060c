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
    private var failed = 0
    private var bytes = 0
    private var firstFailure: (line: Int, error: KafkaErrorCode)?

    /// A sender to `topic`, which must exist. `timeout`, in milliseconds, is how long a broker may stay away.
    init(brokers: String, topic name: String, timeout: Int64) throws(MillraceError) {
        try TopicProbe(brokers: brokers, topic: name).require(timeout: timeout)
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
        do throws(KafkaError) {
            producer = try KafkaProducer(configuration)
            topic = try producer.topic(name)
        } catch {
            throw MillraceError(.usage, error.message)
        }
    }

    /// Sends `record`, after waiting for room where there is none.
    func send(_ record: LineForm.Record) throws(MillraceError) {
        bytes += record.payload.count + (record.key?.count ?? 0)
        while true {
            let code = producer.produce(
                payload: record.payload, key: record.key, opaque: UInt(record.line), to: topic)
            if code != .queueFull {
                if code != .none { count(failure: code, line: record.line) }
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
        if !isDone { count(failure: .timedOut, line: 0) }
    }

    /// Frees the producer.
    func close() { _ = producer.destroy(within: .seconds(2)) }

    /// What became of the records, a line.
    var summary: String {
        let milliseconds = (MonotonicClock.now() - start) / 1_000_000
        let seconds = "\(milliseconds / 1_000).\(String(milliseconds % 1_000 / 10 + 100).dropFirst())"
        return "\(delivered) delivered to \(topic.name), \(failed) failed, \(bytes) bytes in \(seconds) s\n"
    }

    /// The first record that was not delivered, as an error; nil when all were.
    var problem: MillraceError? {
        guard let (line, error) = firstFailure else { return nil }
        let place = line > 0 ? "line \(line)" : "\(producer.outstanding) records"
        return MillraceError(Self.code(of: error), "\(place): \(error.text)")
    }

    private func poll(_ timeout: Duration) {
        producer.poll(&reports, &events, timeout: timeout)
        takeReports()
    }

    private func takeReports() {
        for report in reports {
            if report.error == .none { delivered += 1 } else { count(failure: report.error, line: Int(report.opaque)) }
        }
        reports.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
    }

    private func count(failure: KafkaErrorCode, line: Int) {
        failed += 1
        if line < firstFailure?.line ?? .max { firstFailure = (line, failure) }
    }

    private static func code(of error: KafkaErrorCode) -> MillraceError.Code {
        switch error {
        case .messageTooLarge, .invalidRecord: .data
        case .topicAuthorization, .clusterAuthorization, .authentication: .notPermitted
        default: .unavailable
        }
    }
}
