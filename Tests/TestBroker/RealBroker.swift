import Glibc
import Kafka
import Synchronization
import Testing

/// An Apache Kafka node for tests of any target: one that runs (`MILLRACE_TEST_BROKERS`), or one that is started when
/// the first test of this process wants it, by the script under `MILLRACE_KAFKA_HOME`, and killed when the process ends.
public enum RealBroker {
    /// There is none, or it did not start.
    public struct Failure: Error, CustomStringConvertible {
        /// What went wrong.
        public let description: String
    }

    /// True when there is one to be had.
    public static let isAvailable = variable("MILLRACE_TEST_BROKERS") != nil || script != nil

    /// Where it listens. Starts it, once; that takes some seconds.
    public static func bootstrap() throws -> String { try running.get() }

    /// Makes a topic with a name of its own, for a test that should share nothing.
    public static func createTopic(
        _ stem: String, partitions: Int32 = 1, settings: [String: String] = [:]
    ) throws -> String {
        let name = "\(stem)-\(getpid())-\(serial.add(1, ordering: .relaxed).newValue)"
        try KafkaAdmin(client.get()).createTopic(name, partitions: partitions, settings: settings)
        try waitForLeaders(of: name, partitions)
        return name
    }

    /// The controller has made the topic, but the broker hears of it a moment later.
    private static func waitForLeaders(of topic: String, _ partitions: Int32) throws {
        let limit = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < limit {
            let answer = try client.get().metadata(topics: [topic], timeout: .seconds(5))
            let led = answer.topics.first?.partitions.count { $0.leader >= 0 && $0.error == .none }
            if led == Int(partitions) { return }
            poll(nil, 0, 10)
        }
        throw Failure(description: "no leaders for \(topic)")
    }

    /// A name for a group of its own.
    public static func group(_ stem: String) -> String {
        "\(stem)-\(getpid())-\(serial.add(1, ordering: .relaxed).newValue)"
    }

    /// A client for whatever a test has to ask or, by ``KafkaAdmin``, to change.
    public static let client: Result<KafkaClient, any Error> = Result {
        try KafkaConsumer(["bootstrap.servers": try bootstrap(), "group.id": "test-admin"]).client
    }

    private static let serial = Atomic<Int>(0)

    private static let running: Result<String, any Error> = Result {
        if let given = variable("MILLRACE_TEST_BROKERS") { return given }
        guard let script else { throw Failure(description: "no broker: set MILLRACE_KAFKA_HOME") }
        return try start(script)
    }

    private static let script: String? = variable("MILLRACE_KAFKA_HOME").flatMap { home in
        let path = home + "/kafka"
        return unsafe access(path, X_OK) == 0 ? path : nil
    }

    private static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    private static func start(_ script: String) throws -> String {
        let blank = String(repeating: "X", count: 6)
        var template = Array("\(variable("TMPDIR") ?? "/tmp")/millrace-kafka-\(blank)".utf8CString)
        guard let made = unsafe mkdtemp(&template) else { throw Failure(description: "no temporary folder") }
        let folder = unsafe String(cString: made)
        // However this process ends, the pipe to the guard closes then. `e`: no other child may hold it open.
        let end = "cat > /dev/null; '\(script)' kill '\(folder)'; rm -rf '\(folder)'"
        guard unsafe popen("exec setsid sh -c \"\(end)\" > /dev/null 2>&1", "we") != nil else {
            throw Failure(description: "no process for the guard")
        }
        let said = try output("'\(script)' start '\(folder)' 2>&1")
        guard said.contains(":"), !said.contains(" ") else { throw Failure(description: said) }
        return said
    }

    /// What a shell command prints, without its last line feed.
    private static func output(_ command: String) throws -> String {
        guard let stream = unsafe popen(command, "re") else { throw Failure(description: "cannot run \(command)") }
        var bytes: [UInt8] = []
        while case let byte = unsafe getc(stream), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        unsafe pclose(stream)
        while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test, and says so, where there is no real broker.
    public static var realBroker: Self {
        .enabled(
            if: RealBroker.isAvailable,
            "skipped: no broker (set MILLRACE_KAFKA_HOME, or MILLRACE_TEST_BROKERS to one that runs)")
    }
}
