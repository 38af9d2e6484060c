import Millrace
import MillraceEngine
import Platform

/// `/status`: the members that docs/operating.md lists.
enum StatusJSON {
    static func bytes(_ readout: Readout) -> [UInt8] {
        var json = JSONWriter()
        let troubles = readout.troubles
        json.object { json in
            json.text("pipeline", readout.facts.pipeline)
            json.text("version", readout.facts.version)
            json.text("started_at", readout.facts.startedAt.rfc3339)
            json.text("config_sha", readout.facts.text.sha)
            json.text("state", readout.state)
            json.truth("ready", troubles.isEmpty)
            json.list("because") { json in for trouble in troubles { json.text(nil, trouble) } }
            json.raw("snapshot_age_seconds", seconds(readout.age))
            json.list("shards") { json in
                for shard in readout.snapshot.shards { append(shard, readout, to: &json) }
            }
            json.object("sinks") { json in
                for (index, sink) in readout.facts.sinks.enumerated() { append(sink, index, readout, to: &json) }
            }
            json.list("dead_letters") { json in
                for letter in readout.tally.lastLetters.reversed() { append(letter, to: &json) }
            }
            append(readout.snapshot, readout.facts, to: &json)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    /// Milliseconds as seconds.
    private static func seconds(_ milliseconds: Int64) -> String { "\(Double(milliseconds) / 1000)" }

    private static func append(_ shard: ShardSnapshot, _ readout: Readout, to json: inout JSONWriter) {
        let end = readout.end(shard)
        json.object { json in
            json.text("topic", shard.shard.topic)
            json.number("partition", shard.shard.partition)
            json.number("epoch", shard.epoch)
            json.number("position", shard.position)
            json.number("checkpoint", shard.checkpoint)
            json.number("committed", readout.committed[shard.shard])
            json.number("high_watermark", end)
            json.number("lag", readout.lag(shard))
            json.raw("lag_seconds", readout.lagTime(shard).map(seconds) ?? "null")
            json.object("in_flight") { json in
                json.number("records", shard.inFlight)
                json.number("bytes", shard.inFlightBytes)
            }
            json.object("cursors") { json in
                for (sink, cursor) in zip(readout.facts.sinks, shard.cursors) { json.number(sink.name, cursor) }
            }
            guard let waiting = readout.waiting(shard) else { return json.raw("waiting", "null") }
            json.object("waiting") { json in
                json.text("for", waiting.reason)
                json.text("since", waiting.since.rfc3339)
                json.text("error", waiting.error)
                json.text("next", waiting.next)
            }
        }
    }

    private static func append(
        _ sink: WorkerFacts.Sink, _ index: Int, _ readout: Readout, to json: inout JSONWriter
    ) {
        let tally = readout.tally.sinks[index]
        let books = readout.snapshot.books[index]
        json.object(sink.name) { json in
            json.text("breaker", tally.breaker.word)
            json.text("breaker_since", (tally.breakerSince ?? readout.facts.startedAt).rfc3339)
            json.truth("required", sink.isRequired)
            json.number("delivered", books.delivered)
            json.number("dead_lettered", books.deadLettered)
            json.number("abandoned", books.abandoned)
            json.number("retries", tally.retries)
            json.text("last_error", tally.lastFailure.map { "\($0.at.rfc3339) \($0.message)" })
        }
    }

    private static func append(_ letter: Tally.Letter, to json: inout JSONWriter) {
        json.object { json in
            json.text("origin", "\(letter.shard):\(letter.offset)")
            json.text("stage", letter.stage)
            json.text("reason", letter.reason)
            json.text("error", letter.error)
            json.text("written_to", letter.place)
            json.text("written_at", letter.at.rfc3339)
        }
    }

    private static func append(_ snapshot: WorkerSnapshot, _ facts: WorkerFacts, to json: inout JSONWriter) {
        json.object("books") { json in
            json.number("read", snapshot.read)
            json.object("sinks") { json in
                for (sink, books) in zip(facts.sinks, snapshot.books) {
                    json.object(sink.name) { json in
                        json.number("delivered", books.delivered)
                        json.number("filtered", books.filtered)
                        json.number("dead_lettered", books.deadLettered)
                        json.number("abandoned", books.abandoned)
                        json.number("returned", books.returned)
                        json.number("rewound", books.rewound)
                        json.number("in_flight", books.inFlight)
                    }
                }
            }
        }
    }
}

extension BreakerChange {
    /// As `status` has it.
    var word: String {
        switch self {
        case .closed: "closed"
        case .halfOpen: "half open"
        case .opened: "open"
        }
    }
}
