import Digests
import Millrace
import MillraceConfig
import Platform

/// What does not change while a worker runs.
struct WorkerFacts: Sendable {
    /// What is fixed of a sink.
    struct Sink: Sendable {
        let name: String
        let isRequired: Bool
        /// How long its breaker stays open, milliseconds.
        let recoveryTimeout: Int64
    }

    let pipeline: String
    let version: String
    /// The config's file, as people name it in commands.
    let path: String
    let text: ConfigText
    let sinks: [Sink]
    /// Where dead letters go; nil: they park.
    let deadLetterTopic: String?
    let memory: MemorySplit
    let memoryLimit: Int
    let startedAt: Timestamp
    /// The same, monotonic milliseconds.
    let startedAtTick: Int64
}

extension WorkerFacts {
    /// What `config` says of a worker that starts now.
    init(_ config: PipelineConfig, path: String, text: ConfigText, version: String) {
        var topic: String?
        if case .write(let options) = config.deadLetter { topic = options.string("topic") ?? "" }
        self.init(
            pipeline: config.name, version: version, path: path, text: text,
            sinks: config.sinks.map {
                Sink(name: $0.name, isRequired: $0.isRequired, recoveryTimeout: $0.breaker.recoveryTimeout)
            }, deadLetterTopic: topic, memory: MemorySplit(memory: config.limits.memory),
            memoryLimit: config.limits.memory, startedAt: .now(), startedAtTick: MonotonicClock.milliseconds())
    }
}

/// A config's text, as far as others may see it.
public struct ConfigText: Sendable {
    /// The SHA-256 of the file, in hexadecimal; empty where it is not known.
    public let sha: String
    /// The config with every secret masked.
    public let redacted: String

    /// Of a config that is no file.
    public init() {
        sha = ""
        redacted = ""
    }

    /// Of the file with these bytes.
    public init(_ bytes: [UInt8], _ loaded: LoadedConfig) {
        sha = SHA256.hexadecimal(of: bytes)
        redacted = loaded.redacted
    }
}

/// Where a worker is in its life.
enum WorkerPhase: String, Sendable {
    case starting, running, draining, stopped
}
