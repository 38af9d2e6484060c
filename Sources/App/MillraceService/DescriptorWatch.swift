import Millrace
import Platform

/// What is said where the process may have too few descriptors open: files, connections, pipes.
enum DescriptorWatch {
    /// What a worker needs. At idle, with one sink, it has some 30 open; the two servers take up to 64 connections each,
    /// clients one a broker, and a file sink two files a shard.
    static let least = 256
    private static let fix = "LimitNOFILE=65536 in the unit, or `ulimit -Hn` of who starts it"

    /// What to say at the start, once the limit is as high as the process may have it; nil where it will do.
    static func startNote(limit: Int) -> Note? {
        guard limit < least else { return nil }
        return Note(
            .warn, "descriptors",
            [
                ("limit", "\(limit)"), ("wanted", "\(least)"),
                ("note", "too few open files are allowed: sinks may wait, connections be refused"), ("fix", fix),
            ])
    }

    /// What to say while `open` are open (nil: they cannot be counted, as nothing more can be opened); nil while there is room.
    static func note(open: Int?, limit: Int) -> Note? {
        // What sinks leave free is free still when they have stopped opening files, but for a file or two.
        let isFull = open.map { $0 > limit - Process.descriptorReserve(of: limit) - 4 } ?? (limit < least)
        guard isFull else { return nil }
        return Note(
            .warn, "descriptors-full",
            [
                ("open", open.map { "\($0)" } ?? "all"), ("limit", "\(limit)"),
                ("note", "no more files are opened: what needs one waits"), ("fix", fix),
            ])
    }
}
