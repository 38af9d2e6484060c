import Millrace
import MillraceEngine

/// A metric: its name, what it says, and where its samples come from. The table is ``MetricTable``.
struct Metric: Sendable {
    /// What Prometheus calls its type.
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    let name: String
    let kind: Kind
    /// What it says, for people who meet it in a graph: the unit, and what it is good for.
    let help: String
    /// The names of its labels.
    let labels: [String]
    let write: @Sendable (MetricSource, inout MetricText) -> Void

    init(
        _ name: String, _ kind: Kind, _ labels: [String] = [], _ help: String,
        write: @escaping @Sendable (MetricSource, inout MetricText) -> Void
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.write = write
    }

    /// A metric of every shard that this worker has had, from the books of its sinks.
    static func perBooks(
        _ name: String, _ help: String, _ value: @escaping @Sendable ([SinkBooks]) -> Int
    ) -> Metric {
        Metric(name, .counter, ["topic", "partition"], help) { source, text in
            for shard in source.books { text.sample(shard.labels, [], value(shard.books)) }
        }
    }

    /// A metric of every sink of every shard that this worker has had.
    static func perSinkBooks(
        _ name: String, _ help: String, _ value: @escaping @Sendable (SinkBooks) -> Int
    ) -> Metric {
        Metric(name, .counter, ["topic", "partition", "sink"], help) { source, text in
            for shard in source.books {
                for (sink, books) in shard.books.enumerated() {
                    text.sample(shard.labels, source.sinks[sink], value(books))
                }
            }
        }
    }

    /// A metric of every shard that the worker owns; none where the value is not known.
    static func perShard(
        _ name: String, _ help: String, _ value: @escaping @Sendable (ShardSnapshot, Readout) -> Double?
    ) -> Metric {
        Metric(name, .gauge, ["topic", "partition"], help) { source, text in
            for (shard, labels) in source.shards {
                if let value = value(shard, source.readout) { text.sample(labels, [], value) }
            }
        }
    }

    /// A single number.
    static func single(
        _ name: String, _ kind: Kind, _ help: String, _ value: @escaping @Sendable (Readout) -> Double?
    ) -> Metric {
        Metric(name, kind, [], help) { source, text in
            if let value = value(source.readout) { text.sample([], [], value) }
        }
    }
}

/// A readout with its labels rendered, once a scrape.
struct MetricSource {
    let readout: Readout
    /// The shards that are owned, and their labels.
    let shards: [(ShardSnapshot, labels: [UInt8])]
    /// The books of all shards that the worker has had.
    let books: [(labels: [UInt8], books: [SinkBooks])]
    /// The label of each sink.
    let sinks: [[UInt8]]

    init(_ readout: Readout) {
        self.readout = readout
        sinks = readout.facts.sinks.map { MetricText.label("sink", $0.name) }
        shards = readout.snapshot.shards.map { ($0, MetricSource.labels($0.shard)) }
        var total = readout.snapshot.finished
        for shard in readout.snapshot.shards {
            var books = shard.books
            if let finished = total[shard.shard] { for sink in books.indices { books[sink].add(finished[sink]) } }
            total[shard.shard] = books
        }
        books = total.sorted { $0.key < $1.key }.map { (MetricSource.labels($0.key), $0.value) }
    }

    static func labels(_ shard: ShardID) -> [UInt8] {
        MetricText.labels(MetricText.label("topic", shard.topic), MetricText.label("partition", "\(shard.partition)"))
    }
}
