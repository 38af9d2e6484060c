import Millrace
import MillraceEngine
import Platform

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
    /// The name, and the lines before its samples, as they are written.
    let nameBytes: [UInt8]
    let head: [UInt8]
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
        nameBytes = Array(name.utf8)
        head = Array("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n".utf8)
    }

    /// A metric of every shard that this worker has had, from the books of its sinks.
    static func perBooks(
        _ name: String, _ help: String, _ value: @escaping @Sendable ([SinkBooks]) -> Int
    ) -> Metric {
        Metric(name, .counter, ["topic", "partition"], help) { source, text in
            for shard in source.books { text.sample(shard.labels.plain, [], value(shard.books)) }
        }
    }

    /// A metric of every sink of every shard that this worker has had.
    static func perSinkBooks(
        _ name: String, _ help: String, _ value: @escaping @Sendable (SinkBooks) -> Int
    ) -> Metric {
        Metric(name, .counter, ["topic", "partition", "sink"], help) { source, text in
            for shard in source.books {
                for (sink, books) in shard.books.enumerated() {
                    text.sample(shard.labels.sinks[sink], [], value(books))
                }
            }
        }
    }

    /// A metric of every shard that the worker owns; none where the value is not known.
    static func perShard(
        _ name: String, _ help: String, _ value: @escaping @Sendable (ShardSnapshot, Readout) -> Double?
    ) -> Metric {
        Metric(name, .gauge, ["topic", "partition"], help) { source, text in
            for (index, labels) in source.shards.enumerated() {
                if let value = value(source.readout.snapshot.shards[index], source.readout) {
                    text.sample(labels.plain, [], value)
                }
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

/// A readout with its labels rendered.
struct MetricSource {
    let readout: Readout
    /// The labels of the shards that are owned, in their order.
    let shards: [MetricLabels.Shard]
    /// The books of all shards that the worker has had.
    let books: [(labels: MetricLabels.Shard, books: [SinkBooks])]
    /// The label of each sink.
    let sinks: [[UInt8]]
    /// The process's resident memory; nil where it is not known.
    let resident: Int64?

    init(_ readout: Readout, _ labels: MetricLabels) {
        self.readout = readout
        sinks = labels.sinks(readout.facts)
        resident = Process.residentBytes()
        let open = readout.snapshot.shards
        let finished = readout.snapshot.finished
        let known = labels.shards(open.map(\.shard) + finished.keys.sorted(), sinks: sinks)
        let own = Array(known.prefix(open.count))
        shards = own
        guard !finished.isEmpty else {
            books = open.indices.map { (own[$0], open[$0].books) }
            return
        }
        var all = Dictionary(
            zip(finished.keys.sorted(), known.dropFirst(open.count)).map { ($0, ($1, finished[$0] ?? [])) }
        ) {
            first, _ in first
        }
        for (index, shard) in open.enumerated() {
            var books = shard.books
            if let before = finished[shard.shard] { for sink in books.indices { books[sink].add(before[sink]) } }
            all[shard.shard] = (own[index], books)
        }
        books = all.sorted { $0.key < $1.key }.map { (labels: $0.value.0, books: $0.value.1) }
    }

    /// The sinks' cursors of the shard number `index`, and its checkpoint.
    func cursors(_ index: Int) -> (cursors: [Int64], checkpoint: Int64) {
        (readout.snapshot.shards[index].cursors, readout.snapshot.shards[index].checkpoint)
    }

    static func labels(_ shard: ShardID) -> [UInt8] {
        MetricText.labels(MetricText.label("topic", shard.topic), MetricText.label("partition", "\(shard.partition)"))
    }
}

/// Labels that were rendered once: a worker's shards and sinks are the same from scrape to scrape. Any thread.
final class MetricLabels: Sendable {
    /// Those of a shard: alone, and with each sink.
    final class Shard: Sendable {
        let plain: [UInt8]
        let sinks: [[UInt8]]

        init(_ shard: ShardID, sinks: [[UInt8]]) {
            let plain = MetricSource.labels(shard)
            self.plain = plain
            self.sinks = sinks.map { MetricText.labels(plain, $0) }
        }
    }

    private struct State {
        var shards: [ShardID: Shard] = [:]
        var sinks: [[UInt8]]?
    }

    private let state = Locked(State())

    /// Those of `shards`, in their order. Kept for all shards that this worker has ever had, as their books are.
    func shards(_ shards: [ShardID], sinks: [[UInt8]]) -> [Shard] {
        state.withLock { state in
            shards.map { shard in
                if let known = state.shards[shard] { return known }
                let labels = Shard(shard, sinks: sinks)
                state.shards[shard] = labels
                return labels
            }
        }
    }

    /// Those of the sinks.
    func sinks(_ facts: WorkerFacts) -> [[UInt8]] {
        state.withLock { state in
            if let known = state.sinks { return known }
            let labels = facts.sinks.map { MetricText.label("sink", $0.name) }
            state.sinks = labels
            return labels
        }
    }
}
