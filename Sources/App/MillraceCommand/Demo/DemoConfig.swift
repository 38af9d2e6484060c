import Kafka
import KafkaConnector
import Millrace
import MillraceConfig
import Platform

/// The pipeline of the demo, and what its topics hold.
enum DemoConfig {
    static let source = "orders"
    static let clean = "orders-clean"
    static let letters = "orders.dlq"
    static let topics = [source, clean, letters]
    /// The names of the sinks, in the order of the config; the first is the one that can be taken down.
    static let sinks = ["clean", "archive"]

    /// The config, as it would stand in a file.
    static func text(archive folder: String) -> String {
        """
        name: demo
        source:
          kafka: { brokers: embedded, topics: [\(source)], group: demo, start: earliest }
        batch: { window: 200ms }
        decode: base64
        transforms:
          - filter: { type: [order.created], amount: [{ numeric: [">=", 100] }] }
          - project: { id: id, total: amount, country: address.country }
        sinks:
          \(sinks[0]):
            kafka: { topic: \(clean) }
            retry: { base_delay: 100ms, max_delay: 1s }
            breaker: { failure_threshold: 3, recovery_timeout: 5s }
          \(sinks[1]):
            file: { path: "\(folder)/{shard}.jsonl" }
        dead_letter: { topic: \(letters) }
        limits: { memory: 128MiB }

        """
    }

    /// The config, checked.
    static func load(_ registry: Registry, archive folder: String) throws(MillraceError) -> PipelineConfig {
        let loaded = ConfigLoader(registry: registry, variables: nil)
            .load(Array(text(archive: folder).utf8), path: "demo.yaml")
        guard let config = loaded.config, loaded.isValid else {
            throw MillraceError(.internal, "the demo's own config does not hold:\n\(loaded.report)")
        }
        return config
    }

    /// How many records the output topics were given, by their ends.
    static func held() throws(MillraceError) -> (clean: Int, letters: Int) {
        let broker = try EmbeddedBrokers.shared.broker()
        do throws(KafkaError) {
            return (try count(clean, broker), try count(letters, broker))
        } catch { throw MillraceError(.unavailable, error.message) }
    }

    private static func count(_ topic: String, _ broker: EmbeddedBroker) throws(KafkaError) -> Int {
        var sum: Int64 = 0
        for partition in 0..<EmbeddedBrokers.partitions {
            sum += try broker.watermarks(topic, partition, timeout: .seconds(5)).high
        }
        return Int(sum)
    }
}

/// A folder for the archive that goes with the demo.
struct DemoFolder {
    let path: String

    init() throws(MillraceError) {
        path = "\(Environment.value("TMPDIR") ?? "/tmp")/millrace-demo-\(Process.identifier)"
        do { try FileSystem.makeFolders(path) } catch { throw MillraceError(.cannotCreate, "\(error)") }
    }

    /// Removes it with what is in it.
    func remove() {
        for name in (try? FileSystem.list(path)) ?? [] { try? FileSystem.remove("\(path)/\(name)") }
        try? FileSystem.removeFolder(path)
    }
}
