import Millrace
import MillraceEngine
import Platform
import Testing

@testable import MillraceService

/// The table of metrics, its text, and what alerts and dashboards make of it.
@Suite struct MetricTests {
    private static let repository = String(
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/"))

    private func text(_ scene: Scene) -> String { String(decoding: MetricTable.text(scene.readout), as: UTF8.self) }

    private static func file(_ path: String) throws -> String {
        String(decoding: try FileSystem.contents(of: "\(repository)/\(path)"), as: UTF8.self)
    }

    /// The names of the design; whoever takes one away breaks somebody's alert.
    private static let promised = [
        "millrace_records_read_total", "millrace_records_filtered_total", "millrace_records_delivered_total",
        "millrace_records_dead_lettered_total", "millrace_dead_letters_written_total",
        "millrace_records_abandoned_total", "millrace_shard_checkpoint_offset",
        "millrace_shard_checkpoint_age_seconds", "millrace_shard_lag_records", "millrace_shard_lag_seconds",
        "millrace_shard_waiting", "millrace_sink_lead_records", "millrace_deliveries_total",
        "millrace_delivery_duration_seconds", "millrace_batch_records", "millrace_breaker_state",
        "millrace_memory_bytes", "millrace_build_info", "millrace_commit_failures_total",
        "millrace_rebalances_total", "millrace_offset_gaps_total", "process_cpu_seconds_total",
        "process_resident_memory_bytes",
    ]

    @Test func everyPromisedMetricIsThere() {
        let names = MetricTable.all.map(\.name)
        #expect(Set(names).count == names.count, "a name twice")
        for name in MetricTests.promised { #expect(names.contains(name), "\(name)") }
    }

    @Test func namesAndHelpsAreAsPrometheusWantsThem() {
        for metric in MetricTable.all {
            #expect(metric.name.allSatisfy { $0.isLowercase || $0 == "_" }, "\(metric.name)")
            #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
            #expect(metric.help.hasSuffix(".") && metric.help.count > 20, "\(metric.name): \(metric.help)")
            #expect(!metric.help.contains("\n") && !metric.help.contains("\\"), "\(metric.name)")
        }
    }

    @Test func samplesHaveTheLabelsOfTheirRow() {
        var scene = Scene()
        scene.add(0, end: 150, waiting: .breaker(sink: 0))
        scene.bury(0, 5, stage: "decode", reason: "decode")
        scene.fail(0, .transient, "down")
        let lines = text(scene).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count > 60)
        for line in lines {
            let name = line.prefix { $0 != "{" && $0 != " " }
            let plain = MetricTable.all.first { $0.name == name }
            let base = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map { name.dropLast($0.count) }
            guard let metric = plain ?? MetricTable.all.first(where: { $0.name == base ?? "" }) else {
                Issue.record("\(line) is of no metric")
                continue
            }
            let labels = MetricTests.labels(of: line).filter { $0 != "le" }
            #expect(labels == metric.labels, "\(line)")
        }
    }

    private static func labels(of line: Substring) -> [String] {
        guard let open = line.firstIndex(of: "{"), let close = line.lastIndex(of: "}") else { return [] }
        return line[line.index(after: open)..<close].split(separator: "\",").map { part in
            String(part.prefix { $0 != "=" })
        }
    }

    @Test func whatShardsAndSinksSay() {
        var scene = Scene()
        scene.add(0, checkpoint: 100, end: 150, timestamp: scene.time.milliseconds - 2_500)
        scene.finished[Scene.shard(0)] = [Scene.books(delivered: 11), Scene.books(delivered: 12)]
        scene.finished[Scene.shard(9)] = [Scene.books(delivered: 5, filtered: 2), Scene.books(delivered: 7)]
        let text = text(scene)
        let shard = "{topic=\"orders\",partition=\"0\"}"
        #expect(text.sample("millrace_shard_lag_records\(shard)") == "50")
        #expect(text.sample("millrace_shard_lag_seconds\(shard)") == "2.5")
        #expect(text.sample("millrace_shard_checkpoint_offset\(shard)") == "100")
        #expect(text.sample("millrace_records_read_total\(shard)") == "112")
        #expect(
            text.sample("millrace_records_delivered_total{topic=\"orders\",partition=\"0\",sink=\"clean\"}") == "111")
        // A shard that has gone to another worker keeps its counters here, and has no gauges.
        #expect(text.sample("millrace_records_read_total{topic=\"orders\",partition=\"9\"}") == "7")
        #expect(text.sample("millrace_shard_lag_records{topic=\"orders\",partition=\"9\"}") == nil)
        #expect(
            text.sample("millrace_sink_lead_records{topic=\"orders\",partition=\"0\",sink=\"archive\"}") == "-10")
        #expect(text.sample("millrace_ready") == "1")
        #expect(text.sample("millrace_memory_limit_bytes{part=\"total\"}") == "536870912")
    }

    @Test func deadRecordsCountWhereTheyAreMissing() {
        var scene = Scene()
        scene.add(0)
        scene.bury(0, 1, stage: "decode", reason: "decode")
        scene.bury(0, 2, stage: "transform:1", reason: "transform")
        scene.bury(0, 3, stage: "sink:archive/when", reason: "transform")
        scene.bury(0, 4, stage: "sink:clean", reason: "poison")
        let text = text(scene)
        func dead(_ sink: String, _ reason: String) -> String? {
            text.sample(
                "millrace_records_dead_lettered_total"
                    + "{topic=\"orders\",partition=\"0\",sink=\"\(sink)\",reason=\"\(reason)\"}")
        }
        #expect(dead("clean", "decode") == "1" && dead("archive", "decode") == "1")
        #expect(dead("clean", "transform") == "1" && dead("archive", "transform") == "2")
        #expect(dead("clean", "poison") == "1" && dead("archive", "poison") == nil)
        #expect(text.sample("millrace_dead_letters_written_total{stage=\"sink:clean\",reason=\"poison\"}") == "1")
    }

    @Test func histogramsAddUp() {
        var histogram = Histogram(bounds: [1, 10])
        for value in [0.5, 1, 5, 10, 11] { histogram.add(value) }
        #expect(histogram.counts == [2, 2, 1])
        var text = MetricText(capacity: 100)
        text.begin(Metric("h", .histogram, [], "A histogram.") { _, _ in })
        text.samples([], histogram)
        #expect(
            String(decoding: text.bytes, as: UTF8.self) == """
                # HELP h A histogram.
                # TYPE h histogram
                h_bucket{le="1"} 2
                h_bucket{le="10"} 4
                h_bucket{le="+Inf"} 5
                h_sum 27.5
                h_count 5

                """)
    }

    @Test func numbersAreWrittenWhole() {
        var text = MetricText(capacity: 100)
        for value in [0, 7, 10, 99, 100, -1, -120, Int64.max, Int64.min] { text.sample([], [], value) }
        #expect(
            String(decoding: text.bytes, as: UTF8.self)
                == " 0\n 7\n 10\n 99\n 100\n -1\n -120\n 9223372036854775807\n -9223372036854775808\n")
    }

    /// Labels are kept from scrape to scrape; what is new is rendered.
    @Test func keptLabelsChangeNothing() {
        let labels = MetricLabels()
        var scene = Scene()
        for partition in 0..<2 {
            scene.add(Int32(partition), end: 150)
            scene.finished[Scene.shard(7)] =
                partition == 0 ? nil : [Scene.books(delivered: 5), Scene.books(delivered: 7)]
            // Twice with what is kept, and once without.
            let texts = [
                MetricTable.text(scene.readout, labels), MetricTable.text(scene.readout, labels),
                MetricTable.text(scene.readout),
            ]
            .map { bytes in
                String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
                    $0.hasPrefix("millrace_records")
                }
            }
            #expect(texts[0] == texts[2])
            #expect(texts[1] == texts[2])
            #expect(texts[0].contains { $0.contains("partition=\"7\"") } == (partition == 1))
        }
    }

    @Test func labelValuesAreEscaped() {
        #expect(String(decoding: MetricText.label("a", "x\"y\\z\nw"), as: UTF8.self) == "a=\"x\\\"y\\\\z\\nw\"")
    }

    // MARK: - Alerts and dashboards

    /// Names and labels in `expressions` that no worker exports.
    private static func unknown(in expressions: [String]) -> [String] {
        var found: [String] = []
        let known = Dictionary(MetricTable.all.map { ($0.name, $0) }) { first, _ in first }
        let everywhere = ["job", "instance", "le"]
        for expression in expressions {
            let labels = Set(
                expression.matches(of: /(?:millrace|process)_[a-z_]+/).flatMap { match -> [String] in
                    let name = String(match.output)
                    let base = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map {
                        name.dropLast($0.count)
                    }
                    if let metric = known[name] { return metric.labels }
                    if let metric = known[String(base ?? "")], metric.kind == .histogram { return metric.labels }
                    found.append(name)
                    return []
                } + everywhere)
            let grouped = expression.matches(of: /(?:by|without|on|ignoring) ?\(([^)]*)\)/)
                .flatMap { $0.output.1.split(separator: ",").map { $0.filter { $0 != " " } } }
            let matched = expression.matches(of: /[{,] ?([a-z_]+) ?(?:=~|!~|!=|=)"/).map { String($0.output.1) }
            found += (grouped + matched).filter { !labels.contains($0) }.map { "\($0) in \(expression)" }
        }
        return found
    }

    @Test func alertsAndDashboardsNameWhatThereIs() throws {
        let dashboard = try MetricTests.file("config/grafana/millrace.json")
        let queries = dashboard.matches(of: /"expr": "((?:[^"\\]|\\.)*)"/).map {
            String($0.output.1).split(separator: "\\\"", omittingEmptySubsequences: false).joined(separator: "\"")
        }
        #expect(queries.count > 25)
        #expect(MetricTests.unknown(in: queries) == [])
        let rules = try MetricTests.file("config/prometheus/millrace.rules.yml")
        let expressions = rules.matches(of: /expr: (>-\n(?: {10}.*\n)+|.*)/).map { String($0.output.1) }
        #expect(expressions.count == rules.matches(of: /- alert:/).count)
        #expect(MetricTests.unknown(in: expressions.map { $0.replacing("up{job", with: "process_open_fds{job") }) == [])
    }

    @Test func aNameThatIsNotExportedIsFound() {
        #expect(MetricTests.unknown(in: ["rate(millrace_records_red_total[5m])"]) == ["millrace_records_red_total"])
        #expect(!MetricTests.unknown(in: ["sum by (sinks) (millrace_breaker_state)"]).isEmpty)
        #expect(!MetricTests.unknown(in: ["millrace_breaker_state{sinc=\"a\"}"]).isEmpty)
        #expect(!MetricTests.unknown(in: ["millrace_breaker_state_bucket"]).isEmpty)
    }
}
