import Millrace
import MillraceConfig
import Testing

/// Variables of a test.
func variables(
    _ environment: [String: String] = [:], files: [String: [UInt8]] = [:], credentials: String? = nil
) -> Variables {
    Variables(
        environment: { environment[$0] },
        file: { (path) throws(Variables.Unreadable) in
            guard let bytes = files[path] else { throw Variables.Unreadable("No such file or directory") }
            return bytes
        }, credentials: credentials)
}

func load(_ text: String, _ variables: Variables? = variables()) -> LoadedConfig {
    ConfigLoader(registry: registry, variables: variables).load(Array(text.utf8), path: "orders.yaml")
}

extension LoadedConfig {
    /// What was found, one line each: `line:column-width message (hint)`.
    var complaints: [String] {
        issues.map { issue in
            "\(issue.place.line):\(issue.place.column)-\(issue.width) \(issue.message)"
                + (issue.hint.map { " (\($0))" } ?? "")
        }
    }
}

/// A config in which every part is there; `replacing` swaps one line of it.
let good = """
    name: orders
    source:
      kafka:
        brokers: localhost:9092
        topics: [orders]
        group: orders-worker
        start: earliest
        commit_interval: 2s
        properties: { fetch.message.max.bytes: 1000000 }
    batch: { records: 500, bytes: 2MiB, window: 20ms }
    decode: base64
    transforms:
      - filter: { type: [order.created] }
      - project: { id: id, total: amount }
    sinks:
      clean:
        kafka: { topic: orders-clean }
        when: { country: [DE, FR] }
        transforms: []
      archive:
        file: { path: "out/orders-{shard}.jsonl", rotate: 64MiB, sync: 1s }
        required: false
        max_lag: 32MiB
        retry: { max_attempts: 3, base_delay: 200ms, max_delay: 10s, max_age: 1h }
        breaker: { failure_threshold: 7, recovery_timeout: 30s }
    dead_letter: { topic: orders.dlq, unwitnessed: 5, oversize: reference, expire: never }
    limits: { memory: 256MiB, drain: 20s, revoke: 4s }

    """

/// The good config with `line` (found by its beginning, blanks left out) replaced; nil takes it out.
func good(_ beginning: String, _ line: String?, sourceLocation: SourceLocation = #_sourceLocation) -> String {
    var lines = good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let index = lines.firstIndex(where: { $0.drop { $0 == " " }.hasPrefix(beginning) }) else {
        Issue.record("no line begins with \(beginning)", sourceLocation: sourceLocation)
        return good
    }
    let indent = String(lines[index].prefix { $0 == " " })
    if let line {
        lines[index] = line.split(separator: "\n").map { indent + $0 }.joined(separator: "\n")
    } else {
        lines.remove(at: index)
    }
    return lines.joined(separator: "\n")
}

/// Steele's splitmix64, so that a seed names a test case for ever.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
