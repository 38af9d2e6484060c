import Kafka
import Testing

/// A producer for tests: Strings in, all reports out.
final class TestProducer {
    let producer: KafkaProducer
    let topic: ProducerTopic
    var reports: [DeliveryReport] = []
    var events: [ClientEvent] = []
    private var sent = 0

    init(_ bootstrap: String, _ topic: String, _ properties: [(key: String, value: String)] = []) throws {
        var configuration = KafkaConfiguration([("bootstrap.servers", bootstrap), ("linger.ms", "1")])
        configuration = configuration.merging(KafkaConfiguration(properties))
        producer = try KafkaProducer(configuration)
        self.topic = try producer.topic(topic)
        try self.topic.refreshPartitionCount(timeout: .seconds(10))
    }

    deinit { _ = producer.destroy(within: .seconds(10)) }

    /// Produces one record; the opaque is its number, from 0.
    @discardableResult
    func send(
        _ value: String?, key: String? = nil, to partition: Int32, headers: [(String, String?)] = [],
        timestamp: Int64 = 0
    ) -> KafkaErrorCode {
        let number = UInt(sent)
        sent += 1
        return unsafe withBytes(value) { value in
            unsafe withBytes(key) { key in
                unsafe withHeaders(headers) { headers in
                    unsafe producer.produce(
                        ProduceEntry(
                            payload: value, key: key, partition: partition, opaque: number, timestamp: timestamp),
                        headers: headers, to: topic, .copied)
                }
            }
        }
    }

    /// Sends all, waits for all reports, answers them.
    func finish() -> [DeliveryReport] {
        #expect(producer.flush(&reports, &events, timeout: .seconds(30)), "reports are missing: \(events)")
        return reports
    }
}

/// Calls `body` with the text's bytes, whose address is not nil even for an empty text; nil for nil.
func withBytes<R>(_ text: String?, _ body: (UnsafeRawBufferPointer?) -> R) -> R {
    guard let text else { return body(nil) }
    let bytes = Array(text.utf8) + [0]
    return unsafe bytes.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0.dropLast())) }
}

/// Calls `body` with an array of headers, a nil value being null.
func withHeaders<R>(
    _ headers: [(String, String?)], _ found: [KafkaHeader] = unsafe [],
    _ body: (UnsafeBufferPointer<KafkaHeader>) -> R
) -> R {
    guard let (name, value) = headers.first else { return unsafe found.withUnsafeBufferPointer { unsafe body($0) } }
    return unsafe withBytes(name) { name in
        unsafe withBytes(value) { value in
            let header = unsafe KafkaHeader(name: name ?? UnsafeRawBufferPointer(start: nil, count: 0), value: value)
            return unsafe withHeaders(Array(headers.dropFirst()), found + [header], body)
        }
    }
}
