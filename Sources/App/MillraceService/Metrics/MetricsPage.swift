/// The page about metrics, made from the table.
public enum MetricsPage {
    /// Markdown.
    public static var text: String {
        var lines = [
            "# Metrics", "",
            "Generated from the table of metrics: `make generate`. `GET /metrics` answers in Prometheus's text format. A scrape",
            "asks the lanes for their books, a few microseconds a shard; no record is ever counted twice or slowed down for it.",
            "A lane that does not answer within 200 ms leaves the last numbers in place; `millrace_snapshot_age_seconds` says",
            "how old they are.", "",
            "What `config/prometheus/millrace.rules.yml` alerts on and `config/grafana/millrace.json` shows is checked against this",
            "table by a test. [Operating](operating.md) says what to do about an alert.", "",
            "| metric | type | labels | what it says |", "|---|---|---|---|",
        ]
        for metric in MetricTable.all {
            let labels = metric.labels.map { "`\($0)`" }.joined(separator: " ")
            lines.append("| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
