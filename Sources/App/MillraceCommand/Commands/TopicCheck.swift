import Kafka
import Millrace
import MillraceConfig

/// Asks brokers whether a topic is there, by a client that makes none.
struct TopicCheck {
    private let brokers: String

    /// A check at `brokers`.
    init(_ brokers: String) { self.brokers = brokers }

    /// Throws unless `topic` exists and may be seen: 69 where no broker answers within `timeout`, 78 where the topic is
    /// missing, 77 where it may not be seen. Blocks.
    func require(_ topic: String, timeout: Duration) throws(MillraceError) {
        var configuration = KafkaConfiguration()
        configuration["bootstrap.servers"] = brokers
        configuration["client.id"] = "millrace-check"
        // Needed to make a consumer; it joins no group.
        configuration["group.id"] = "millrace-check"
        let consumer: KafkaConsumer
        do throws(KafkaError) {
            consumer = try KafkaConsumer(configuration)
        } catch {
            throw MillraceError(.usage, "--brokers: \(error.message)")
        }
        defer { _ = consumer.close(timeout: .seconds(1)) }
        let metadata: KafkaMetadata
        do throws(KafkaError) {
            metadata = try consumer.client.metadata(timeout: timeout)
        } catch {
            throw unreachable(consumer, error)
        }
        if metadata.topics.contains(where: { $0.name == topic && $0.error == .none }) { return }
        try explain(topic, metadata, consumer, timeout)
    }

    private func explain(
        _ topic: String, _ all: KafkaMetadata, _ consumer: KafkaConsumer, _ timeout: Duration
    ) throws(MillraceError) {
        // The embedded broker hides nothing, and makes every topic that it is asked for by name.
        let isEmbedded = consumer.client.clusterID(timeout: timeout)?.hasPrefix("mockCluster") ?? false
        let answer = isEmbedded ? nil : try? consumer.client.metadata(topics: [topic], timeout: timeout)
        switch answer?.topics.first?.error {
        case .topicAuthorization?:
            throw MillraceError(.notPermitted, "topic \"\(topic)\" may not be seen by this client")
        case KafkaErrorCode.none?: return
        default:
            let nearest = Nearest.match(topic, in: all.topics.map(\.name)).map { "; nearest: \"\($0)\"" }
            throw MillraceError(
                .config, "topic \"\(topic)\" does not exist on \(brokers)\(nearest ?? "")",
                remedy: "correct it, or create the topic (Millrace does not create topics)")
        }
    }

    private func unreachable(_ consumer: KafkaConsumer, _ error: KafkaError) -> MillraceError {
        // The client tells what it met on the way by events; the answer itself only says that there was none.
        var reason = error.message
        while let event = consumer.poll(timeout: .zero) {
            if case .error(let met, _) = event, met.code != .allBrokersDown { reason = met.message }
        }
        // `HOST/bootstrap: Connect to ipv4#HOST failed: Connection refused (after 0ms in state CONNECT)`
        if let why = reason.firstRange(of: " failed: ") { reason = String(reason[why.upperBound...]) }
        if let detail = reason.firstRange(of: " (after ") { reason = String(reason[..<detail.lowerBound]) }
        return MillraceError(
            .unavailable, "no broker answers at \(brokers): \(reason)",
            remedy: "start it, or correct the address; `millrace broker` starts an embedded one")
    }
}
