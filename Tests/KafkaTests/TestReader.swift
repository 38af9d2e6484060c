import Kafka

/// A record as a test looks at it.
struct TestRecord: Equatable {
    var offset: Int64
    var value: String? = nil
    var key: String? = nil
    var timestamp: Int64 = -1
    var headers: [String] = []
    var hasHeaders = false
}

/// The deadline of a test passed.
struct NotInTime: Error, CustomStringConvertible {
    let description: String
}

/// Reads all partitions of a topic by their detached queues, assigned by hand.
final class TestReader {
    let consumer: KafkaConsumer
    var queues: [PartitionQueue] = []
    var strays = 0
    var errors: [KafkaError] = []
    let batch = MessageBatch(capacity: 1000)

    init(
        _ bootstrap: String, _ topic: String, partitions: Int32, from offset: Int64 = KafkaOffset.beginning,
        _ properties: [(key: String, value: String)] = []
    ) throws {
        consumer = try KafkaConsumer(TestReader.configuration(bootstrap, properties))
        for partition in 0..<partitions { queues.append(try consumer.partitionQueue(topic, partition)) }
        try consumer.assign((0..<partitions).map { TopicPartition(topic, $0, offset: offset) })
    }

    static func configuration(
        _ bootstrap: String, _ properties: [(key: String, value: String)] = []
    ) -> KafkaConfiguration {
        KafkaConfiguration([
            ("bootstrap.servers", bootstrap), ("group.id", "test"), ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"), ("auto.offset.reset", "error"), ("fetch.wait.max.ms", "10"),
        ]).merging(KafkaConfiguration(properties))
    }

    /// Reads until `count` records have come, by partition.
    func read(_ count: Int, headers: Bool = false) throws -> [[TestRecord]] {
        var found: [[TestRecord]] = Array(repeating: [], count: queues.count)
        var total = 0
        let batch = self.batch
        let limit = ContinuousClock.now + .seconds(30)
        while total < count {
            guard ContinuousClock.now < limit else { throw NotInTime(description: "\(total) of \(count): \(errors)") }
            serve(total)
            for (index, queue) in queues.enumerated() {
                batch.removeAll()
                _ = queue.read(into: batch, max: 100)
                for place in 0..<batch.count {
                    let message = batch[place]
                    guard message.error == .none else {
                        errors.append(KafkaError(message.error, message.errorText))
                        continue
                    }
                    found[index].append(try TestRecord(message, headers: headers))
                    total += 1
                }
            }
        }
        batch.removeAll()
        return found
    }

    private func serve(_ total: Int) {
        while let event = consumer.poll(timeout: .milliseconds(total == 0 ? 5 : 0)) {
            switch event {
            case .strayRecords(let records): strays += records.count
            case .error(let error, _): errors.append(error)
            default: break
            }
        }
    }

    @discardableResult func close() -> CloseResult {
        batch.removeAll()
        for queue in queues { queue.close() }
        return consumer.close(timeout: .seconds(10))
    }
}

extension TestRecord {
    init(_ message: KafkaMessage, headers: Bool) throws {
        self.init(offset: message.offset, timestamp: message.timestamp)
        if let payload = message.payload { value = text(payload) }
        if let key = message.key { self.key = text(key) }
        // Before they are parsed.
        hasHeaders = message.hasHeaders
        guard headers else { return }
        var found: [String] = []
        try unsafe message.forEachHeader { header in
            let name = unsafe String(decoding: header.name, as: UTF8.self)
            let value = unsafe header.value.map { unsafe String(decoding: $0, as: UTF8.self) } ?? "<null>"
            found.append("\(name)=\(value)")
        }
        self.headers = found
    }
}

/// The bytes as text.
func text(_ span: RawSpan) -> String {
    unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
}
