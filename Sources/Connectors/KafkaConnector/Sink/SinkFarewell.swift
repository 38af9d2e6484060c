import Kafka
import Millrace
import Platform

/// A connection that is to end, and the deliveries whose bytes it may look at until it has.
struct SinkFarewell: Sendable {
    let connection: SinkConnection
    let deliveries: [Delivery]

    /// Ends the connection; blocks, about as long as `timeout` at most. Where that is too short, a thread of its own
    /// keeps the deliveries until librdkafka's threads have ended.
    func end(within timeout: Duration) {
        if connection.producer.destroy(within: timeout) || deliveries.isEmpty { return }
        let rest = self
        func wait() { while !rest.connection.producer.destroy(within: .seconds(60)) {} }
        do throws(SystemError) {
            _ = try Thread(name: "kafka-farewell") { wait() }
        } catch {
            wait()
        }
    }
}
