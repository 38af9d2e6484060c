import Kafka
import Testing

/// Log lines and errors come by the queue, and only by it.
@Suite struct LogTests {
    @Test func linesComeByTheQueueOfAConsumer() throws {
        let consumer = try KafkaConsumer(TestReader.configuration("127.0.0.1:1"))
        try consumer.subscribe(["in"])
        var line: KafkaLogLine?
        var error: KafkaError?
        try wait(until: "a line and an error") {
            switch consumer.poll(timeout: .milliseconds(20)) {
            case .log(let found): line = found
            case .error(let found, nil): error = found
            default: break
            }
            return line != nil && error != nil
        }
        #expect(line?.facility == "FAIL")
        #expect(line?.level == 3)
        #expect(line?.text.contains("127.0.0.1:1") == true)
        #expect(error?.isRetriable == true)
        #expect(error?.isFatal == false)
        #expect(error?.shortDescription.contains("127.0.0.1") == false)
        #expect(consumer.close(timeout: .seconds(20)) == .closed)
    }

    @Test func linesComeByTheQueueOfAProducer() throws {
        // A property of consumers: the client warns of it.
        let producer = try KafkaProducer(["bootstrap.servers": "127.0.0.1:1", "fetch.wait.max.ms": "7"])
        var reports: [DeliveryReport] = []
        var events: [ClientEvent] = []
        try wait(until: "the warning") {
            producer.poll(&reports, &events, timeout: .milliseconds(20))
            return events.contains { event in
                if case .log(let line) = event { line.facility == "CONFWARN" && line.level == 4 } else { false }
            }
        }
        #expect(producer.destroy(within: .seconds(20)))
    }

    @Test func nothingGoesToStandardError() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let producer = try KafkaProducer(["bootstrap.servers": "127.0.0.1:1", "fetch.wait.max.ms": "7"])
            var reports: [DeliveryReport] = []
            var events: [ClientEvent] = []
            try wait(until: "three events") {
                producer.poll(&reports, &events, timeout: .milliseconds(20))
                return events.count >= 3
            }
            #expect(producer.destroy(within: .seconds(20)))
        }
        #expect(result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } == "")
    }
}
