import Millrace
import MillraceConfig
import Testing

/// What is fine by itself and wrong together, and what belongs to a later version.
@Suite struct RuleTests {
    @Test(
        arguments: [
            (
                "when", "required: false",
                "15:1-5 no sink is required, so nothing would hold the checkpoint back (leave required: false out at one of them)"
            ),
            (
                "required", "required: true",
                "23:14-5 sinks.archive.max_lag needs required: false (a required sink is never given up on)"
            ),
            (
                "required", nil,
                "22:14-5 sinks.archive.max_lag needs required: false (a required sink is never given up on)"
            ),
            (
                "retry", "retry: { base_delay: 40s }",
                "24:26-3 sinks.archive.retry: base_delay (40s) is longer than max_delay (30s)"
            ),
            (
                "retry", "retry: { max_delay: 50ms }",
                "24:25-4 sinks.archive.retry: base_delay (100ms) is longer than max_delay (50ms)"
            ),
            (
                "kafka: { topic", "kafka: { topic: orders.dlq }",
                "17:21-10 sinks.clean.kafka.topic is the topic of the dead letters (write to another topic)"
            ),
            (
                "dead_letter", "dead_letter: { topic: orders }",
                "26:23-6 dead_letter.topic is a topic of the source: \"orders\" would be read again without end (for example orders.dlq)"
            ),
            (
                "limits", "limits: { revoke: 5m }",
                "27:19-2 limits.revoke (5m) must be below max.poll.interval.ms (5m) (else the group gives the shards away meanwhile)"
            ),
            (
                "limits", "limits: { memory: 32MiB }\nbatch: { bytes: 16MiB }",
                "28:17-5 batch.bytes (16MiB) is more than a quarter of limits.memory (32MiB) (at most 8MiB)"
            ),
            (
                "batch", "batch: { bytes: 128MiB }",
                "10:17-6 batch.bytes (128MiB) is more than a quarter of limits.memory (256MiB) (at most 64MiB)"
            ),
        ] as [(String, String?, String)])
    func `rules between keys`(beginning: String, line: String?, complaint: String) {
        let text = good(beginning, line)
        // A line that brings a batch of its own stands for the one that is there.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isSecond = lines.count { $0.hasPrefix("batch:") } > 1
        #expect(
            load(isSecond ? text.replacing("batch: { records: 500, bytes: 2MiB, window: 20ms }", with: "") : text)
                .complaints == [complaint])
    }

    @Test func `a lower poll interval bounds the time of a revoke`() {
        let text = good("properties", "properties: { max.poll.interval.ms: 3000 }")
        #expect(
            load(text).complaints == [
                "27:47-2 limits.revoke (4s) must be below max.poll.interval.ms (3s) "
                    + "(else the group gives the shards away meanwhile)"
            ])
        let implied = text.replacing("limits: { memory: 256MiB, drain: 20s, revoke: 4s }", with: "")
        #expect(
            load(implied).complaints == [
                "9:19-20 limits.revoke (5s) must be below max.poll.interval.ms (3s) "
                    + "(else the group gives the shards away meanwhile)"
            ])
        #expect(load(good("properties", "properties: { max.poll.interval.ms: 4001 }")).isValid)
    }

    @Test func `what a kind finds is told with the path of its keys`() {
        #expect(
            load(good("file", "file: { path: out/all.jsonl }")).complaints == [
                "21:19-13 sinks.archive.file.path: must contain `{shard}`: \"out/all.jsonl\""
            ])
        #expect(
            load(good("kafka: { topic", "kafka: { topic: orders }")).complaints == [
                "17:21-6 sinks.clean.kafka.topic: the source reads \"orders\""
            ])
        // The sink's rule sees the topics although their key is misspelt.
        #expect(load(good("topics", "topcis: [a, b]").replacing("{shard}", with: "{partition}")).issues.count == 2)
    }

    @Test(arguments: ["out/orders-{shard}.jsonl", "./out//orders-{topic}-{partition}.jsonl"])
    func `two sinks do not write to the same files`(path: String) {
        let text = good("kafka: { topic", "file: { path: \"\(path)\" }")
        #expect(
            load(text).complaints == [
                "21:19-26 sinks.archive.file.path leads to the files of sinks.clean (each sink needs files of its own)"
            ])
        #expect(load(good("kafka: { topic", "file: { path: \"/\(path)\" }")).isValid)
    }

    @Test func `topics are the same only on the same brokers`() {
        func isFine(_ letters: String, _ sink: String) -> Bool {
            load(good("dead_letter", letters).replacing("kafka: { topic: orders-clean }", with: sink)).isValid
        }
        let sink = "kafka: { topic: orders-clean }"
        #expect(!isFine("dead_letter: { topic: orders, brokers: \"x:1, LOCALHOST:9092\" }", sink))
        #expect(isFine("dead_letter: { topic: orders, brokers: \"x:1\" }", sink))
        #expect(isFine("dead_letter: { topic: orders-clean, brokers: \"x:1\" }", sink))
        #expect(!isFine("dead_letter: { topic: t, brokers: \"x:1\" }", "kafka: { topic: t, brokers: \"y:2,x:1\" }"))
    }

    @Test func `the topic of the dead letters may be a sink's on another cluster`() {
        #expect(load(good("kafka: { topic", "kafka: { topic: orders.dlq, brokers: \"elsewhere:9092\" }")).isValid)
    }

    @Test(arguments: [
        (
            "decode", "decode: kinesis",
            "11:9-7 decode: kinesis is not in this version (write none or base64 or base64url)"
        )
    ])
    func `what a later version has is refused by name`(beginning: String, line: String, complaint: String) {
        #expect(load(good(beginning, line)).complaints == [complaint])
    }

    @Test func `nothing follows from a mistake`() {
        // Each of these leaves something missing or undefined for a later rule.
        let broken: [(String, String)] = [
            ("topics", "topcis: [orders]"), ("topics", "topics: []"), ("group", "gruop: g"),
            ("brokers", "brokers: [a]"),
            ("dead_letter", "dead_letter: { tpic: d }"), ("dead_letter", "daed_letter: park"), ("name", "nam: n"),
            ("required", "requird: false"), ("limits", "limits: { revoke: long }"),
            ("file", "file: { pth: \"{shard}\" }"),
            ("transforms:", "transform:"), ("kafka: { topic", "kakfa: { topic: t }"),
            ("batch", "batch: { bytes: big }"),
        ]
        for (beginning, line) in broken {
            #expect(load(good(beginning, line)).issues.count == 1, "\(line)")
        }
    }
}
