import Millrace

/// Which letters of a topic were sent where: what the state file of redrives holds, with what its journal adds. Pure.
struct RedriveState: Codable, Sendable, Hashable {
    /// What is known of a partition of the dead letter topic.
    struct Partition: Codable, Sendable, Hashable {
        /// Offsets that are done, by where they went (``Destination``): pairs of the first and the one behind the last.
        var done: [String: [[Int64]]] = [:]
        /// The highest offset that is done, and when that letter was written: a topic that was made anew has another.
        var lastOffset: Int64 = -1
        /// See ``lastOffset``.
        var lastTimestamp: Int64 = -1
    }

    /// The dead letter topic.
    var topic: String
    /// By the partition's number.
    var partitions: [String: Partition] = [:]
}

/// Where letters were sent.
enum Destination {
    /// Everywhere that they were missing.
    static let everywhere = "*"

    /// To a sink.
    static func sink(_ name: String) -> String { "sink:\(name)" }

    /// To a topic, as they had been read.
    static func topic(_ name: String) -> String { "topic:\(name)" }
}

/// What is done, for looking up and adding. Pure.
struct RedriveBook: Sendable, Hashable {
    private struct Key: Sendable, Hashable {
        let partition: Int32
        let destination: String
    }

    /// The topic it is about.
    let topic: String
    private var done: [Key: OffsetSet] = [:]
    private var last: [Int32: (offset: Int64, timestamp: Int64)] = [:]
    /// Letters that were on their way when a run was killed.
    private(set) var begun: [Int32: Set<Int64>] = [:]

    /// Nothing was sent of `topic` yet.
    init(topic: String) { self.topic = topic }

    /// What `state` says, and the journal that was written since; a line that was torn counts for nothing.
    init(_ state: RedriveState, journal: String) {
        topic = state.topic
        for (text, partition) in state.partitions {
            guard let number = Int32(text) else { continue }
            for (destination, pairs) in partition.done {
                done[Key(partition: number, destination: destination)] = OffsetSet(
                    pairs.compactMap { $0.count == 2 && $0[0] < $0[1] ? $0[0]..<$0[1] : nil })
            }
            last[number] = (partition.lastOffset, partition.lastTimestamp)
        }
        var lines = journal.split(separator: "\n", omittingEmptySubsequences: false)
        // What follows the last line feed was not written whole.
        lines.removeLast()
        for line in lines { take(line) }
    }

    private mutating func take(_ line: Substring) {
        let words = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard words.count >= 3, let partition = Int32(words[1]), let offset = Int64(words[2]) else { return }
        if words[0] == "begin" {
            begun[partition, default: []].insert(offset)
        } else if words[0] == "done", words.count == 5, let timestamp = Int64(words[3]) {
            mark(partition, offset, timestamp, String(words[4]))
        }
    }

    /// A journal's line: this letter is on its way.
    static func beginLine(_ entry: LetterEntry) -> String { "begin\t\(entry.partition)\t\(entry.offset)\n" }

    /// A journal's line: this letter has arrived at `destination`.
    static func doneLine(_ entry: LetterEntry, _ destination: String) -> String {
        "done\t\(entry.partition)\t\(entry.offset)\t\(entry.timestamp)\t\(destination)\n"
    }

    /// `entry` has arrived at `destination`.
    mutating func mark(_ entry: LetterEntry, _ destination: String) {
        mark(entry.partition, entry.offset, entry.timestamp, destination)
    }

    private mutating func mark(_ partition: Int32, _ offset: Int64, _ timestamp: Int64, _ destination: String) {
        done[Key(partition: partition, destination: destination), default: OffsetSet()].insert(offset)
        if offset >= last[partition]?.offset ?? -1 { last[partition] = (offset, timestamp) }
        begun[partition]?.remove(offset)
    }

    /// Whether `entry` has arrived at `destination`, or everywhere that it was missing.
    func has(_ entry: LetterEntry, at destination: String) -> Bool {
        has(entry.partition, entry.offset, destination)
            || destination.hasPrefix("sink:") && has(entry.partition, entry.offset, Destination.everywhere)
    }

    /// Whether `entry` has arrived anywhere.
    func hasAny(of entry: LetterEntry) -> Bool {
        done.contains { $0.key.partition == entry.partition && $0.value.contains(entry.offset) }
    }

    /// Whether nothing is left to be sent through the pipeline of the letter at that place, which failed at `target`.
    func isRedriven(_ partition: Int32, _ offset: Int64, _ target: LetterEntry.Target) -> Bool {
        if has(partition, offset, Destination.everywhere) { return true }
        guard case .sink(let name) = target else { return false }
        return has(partition, offset, Destination.sink(name))
    }

    private func has(_ partition: Int32, _ offset: Int64, _ destination: String) -> Bool {
        done[Key(partition: partition, destination: destination)]?.contains(offset) ?? false
    }

    /// Whether the topic cannot be the one that this is about: `entry` lies where another letter was sent.
    func contradicts(_ entry: LetterEntry) -> Bool {
        guard let last = last[entry.partition], last.offset == entry.offset else { return false }
        return last.timestamp != entry.timestamp
    }

    /// Whether the topic cannot be the one that this is about: its partition ends at `end`, before what was sent of it.
    func contradicts(_ partition: Int32, end: Int64) -> Bool { last[partition].map { $0.offset >= end } ?? false }

    /// Forgets what has expired: the log of `partition` begins at `first`.
    mutating func forget(_ partition: Int32, before first: Int64) {
        for key in done.keys where key.partition == partition { done[key]?.forget(before: first) }
    }

    /// Letters that were on their way when a run was killed, and whose arrival nobody knows of.
    var uncertain: Int { begun.values.reduce(0) { $0 + $1.count } }

    /// As it is kept.
    var state: RedriveState {
        var state = RedriveState(topic: topic)
        for (partition, last) in last {
            state.partitions[String(partition)] = RedriveState.Partition(
                lastOffset: last.offset, lastTimestamp: last.timestamp)
        }
        for (key, set) in done where !set.ranges.isEmpty {
            state.partitions[String(key.partition), default: RedriveState.Partition()].done[key.destination] =
                set.ranges.map { [$0.lowerBound, $0.upperBound] }
        }
        return state
    }

    static func == (left: RedriveBook, right: RedriveBook) -> Bool {
        left.state == right.state && left.begun == right.begun
    }

    func hash(into hasher: inout Hasher) { hasher.combine(state) }
}
