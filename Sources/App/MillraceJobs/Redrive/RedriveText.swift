import Millrace
import MillraceConfig
import MillraceService

/// What a redrive says, before and after. Pure.
struct RedriveText {
    let redrive: Redrive
    /// The dead letter topic.
    let topic: String
    let plan: RedrivePlan

    private static let most = 5

    /// What would be sent, and what stays.
    var lines: [String] { [head] + destinations + left }

    private var head: String { "\(topic): \(JobText.counted(plan.count, "record")) to send" }

    private var destinations: [String] {
        plan.passes.map { pass in
            let shards = Set(pass.parcels.map(\.entry.origin)).count
            return
                "  \(place(pass)): \(JobText.counted(pass.parcels.count, "record")) of \(JobText.counted(shards, "shard"))"
        }
    }

    private func place(_ pass: RedrivePlan.Pass) -> String {
        redrive.order.topic == nil ? "sink \(pass.sink)" : "topic \(pass.sink), as they had been read"
    }

    /// The whole result where nothing is to be sent.
    var nothing: String {
        let text =
            redrive.order.filter.isEmpty
            ? "\(topic): nothing to redrive" : "\(topic): no such letter is left to redrive"
        return ([text] + left).map { $0 + "\n" }.joined()
    }

    /// What stays where it is, and why.
    private var left: [String] {
        let left = plan.left
        var lines: [String] = []
        if left.done > 0 { lines.append("  \(JobText.counted(left.done, "letter")) redriven already") }
        if left.spent > 0 {
            let names = left.firstSpent.map { "\($0.origin):\($0.originOffset)" }
            let more = left.spent > names.count ? " and others" : ""
            let times = JobText.counted(redrive.order.maxRedrives, "time")
            lines.append(
                "  stopped at the limit: \(JobText.counted(left.spent, "letter")) sent through "
                    + "\(times) or more already: \(names.joined(separator: ", "))\(more)")
            lines.append("    --max-redrives \(redrive.order.maxRedrives + 1) sends them once more")
        }
        for (sink, count) in left.unknownSinks.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(JobText.counted(count, "letter")) of sink \(sink), which the config does not have")
        }
        for (pipeline, count) in left.otherPipelines.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(JobText.counted(count, "letter")) of pipeline \(pipeline): redriven with its own config")
        }
        if left.foreign > 0 {
            lines.append("  \(JobText.counted(left.foreign, "record")) of the topic left alone, no letter of Millrace:")
            lines += left.firstForeign.map { "    \($0)" }
            if left.foreign > left.firstForeign.count {
                lines.append("    and \(left.foreign - left.firstForeign.count) more")
            }
        }
        return lines
    }

    /// What could not be brought.
    func missing(_ result: RedriveRun.Result) -> [String] {
        var lines = result.missing.prefix(RedriveText.most).map {
            "\($0.parcel.entry.origin):\($0.parcel.entry.originOffset) cannot be sent: \($0.why)"
        }
        if result.missing.count > RedriveText.most {
            lines.append("and \(result.missing.count - RedriveText.most) more")
        }
        return lines
    }

    /// The lines at its end.
    func summary(_ result: RedriveRun.Result) -> String {
        let sent = "\(Figures.count(result.done - result.missing.count)) of \(JobText.counted(plan.count, "record"))"
        var lines: [String] = []
        if redrive.order.isDry {
            lines.append("dry run: \(sent) of \(topic) looked at in \(JobText.time(result.took)); nothing was sent")
        } else if let stopped = result.stopped {
            lines.append("redrive stopped \(stopped): \(sent) sent")
            lines.append("  the same command goes on with the others; what has arrived is not sent again")
        } else {
            lines.append(
                "redrive done in \(JobText.time(result.took)): \(sent) sent; group \(redrive.config.group) untouched")
        }
        for (pass, sink) in zip(plan.passes, result.sinks) {
            let bytes = redrive.order.isDry ? " (\(JobText.size(sink.bytes)))" : ""
            lines.append(
                "  \(place(pass)): \(Figures.count(sink.delivered)) delivered\(bytes), "
                    + "\(Figures.count(sink.filtered)) filtered, \(Figures.count(sink.dead)) dead again")
        }
        if result.dead > 0 && !redrive.order.isDry {
            lines.append(
                redrive.order.topic == nil
                    ? "  what failed again is in \(topic) with one redrive more: millrace dlq list \(redrive.path)"
                    : "  what the topic refused is still in \(topic)")
        }
        let kinds = result.kinds.sorted { ($1.value.count, $0.key.stage) < ($0.value.count, $1.key.stage) }
        if !kinds.isEmpty { lines.append("would be dead letters again:") }
        for (kind, count) in kinds.prefix(10) {
            lines.append("  \(Figures.count(count.count))  \(kind.stage)  \(kind.reason)  \(count.error)")
        }
        return (lines + left).map { $0 + "\n" }.joined()
    }
}
