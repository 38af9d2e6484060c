import Kafka
import Millrace
import Platform

/// Finds out at an assignment whether somebody has moved the group's offsets since a worker committed, so that the log says
/// who. Pure.
enum MovedOffsets {
    /// Who moved offsets, at one time.
    private struct Move: Hashable {
        /// nil: a program that leaves no trace.
        let trace: CommitTrace?
    }

    /// A note for each move; none where a worker committed last.
    static func notes(_ found: [StartFinder.Found], group: String) -> [Note] {
        var moves: [(move: Move, places: [StartFinder.Found])] = []
        for place in found where !place.isFirst {
            guard let move = move(place.metadata ?? "") else { continue }
            if let index = moves.firstIndex(where: { $0.move == move }) {
                moves[index].places.append(place)
            } else {
                moves.append((move, [place]))
            }
        }
        return moves.map { note($0.move, $0.places, group) }
    }

    private static func move(_ metadata: String) -> Move? {
        let (cursors, trace) = CommitTrace.read(metadata)
        guard var trace else {
            // A worker of a version before there were traces wrote its cursors at least.
            return cursors.hasPrefix("1") ? nil : Move(trace: nil)
        }
        guard trace.tool == .seek else { return nil }
        trace.replaced = nil
        return Move(trace: trace)
    }

    private static func note(_ move: Move, _ places: [StartFinder.Found], _ group: String) -> Note {
        let places = places.sorted {
            ($0.partition.topic, $0.partition.partition) < ($1.partition.topic, $1.partition.partition)
        }
        let shards = places.map { ShardID(topic: $0.partition.topic, partition: $0.partition.partition) }
        var fields: [(name: String, value: String)] = [("group", group), ("shards", ShardNames.text(shards))]
        let to = (name: "to", value: list(places.map { "\($0.offset)" }))
        guard let trace = move.trace else {
            fields.append(to)
            fields.append(("by", "another program"))
            fields.append(("note", "committed without a trace and without the sinks' cursors: not by Millrace"))
            return Note(.warn, "offsets-moved", fields)
        }
        let before = places.map { place in
            CommitTrace.read(place.metadata ?? "").trace?.replaced.map { "\($0.offset)" } ?? "?"
        }
        fields += [
            ("from", list(before)), to, ("by", trace.who), ("with", "millrace seek"), ("at", trace.time.rfc3339),
        ]
        return Note(.warn, "offsets-moved", fields)
    }

    /// The first of them, in the order of the shards.
    private static func list(_ numbers: [String]) -> String {
        numbers.prefix(8).joined(separator: ",") + (numbers.count > 8 ? ",…" : "")
    }
}
