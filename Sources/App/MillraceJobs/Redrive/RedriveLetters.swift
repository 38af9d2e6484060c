import Millrace
import Platform

/// Writes the letters of records that failed again: with one redrive more, and so that the next redrive sends each where it
/// is still missing. Thread safe.
final class RedriveLetters: DeadLetterWriter {
    /// What happens to letters.
    enum Way {
        /// They are written.
        case write(any DeadLetterWriter)
        /// They are counted: a dry run.
        case count(CountingLetters)
        /// They are counted, and the old letter stays for what it is: a run to a topic.
        case keep
    }

    /// A record of the run.
    struct Name: Hashable {
        let shard: ShardID
        let offset: Int64
    }

    /// What is to be known of a record that may fail again.
    struct Known {
        let parcel: RedrivePlan.Parcel
        /// Whether the record is still missing at every sink: then a failure before the sinks is one letter for all.
        let isForAll: Bool
    }

    private struct State {
        var dead: Set<Name> = []
        var written = 0
    }

    private let way: Way
    private let sink: String
    private let known: [Name: Known]
    private let coverAll: @Sendable (RedrivePlan.Parcel) -> Void
    private let state = Locked(State())

    /// A writer for a run to `sink` of the records `known`. `coverAll` is told of one whose new letter stands for all sinks.
    init(
        _ way: Way, sink: String, known: [Name: Known],
        coverAll: @escaping @Sendable (RedrivePlan.Parcel) -> Void
    ) {
        self.way = way
        self.sink = sink
        self.known = known
        self.coverAll = coverAll
    }

    /// The records that failed again.
    var dead: Set<Name> { state.withLock { $0.dead } }

    func write(_ letter: DeadLetter, _ reply: @escaping @Sendable (DeadLetterOutcome) -> Void) {
        let name = Name(shard: letter.origin, offset: letter.offset)
        guard let known = known[name] else {
            // Nobody else makes records here.
            return reply(.failed("\(letter.origin):\(letter.offset) is not of this run"))
        }
        state.withLock { _ = $0.dead.insert(name) }
        switch way {
        case .keep: reply(.written(place: "nowhere"))
        case .count(let counting):
            if known.isForAll && !letter.stage.hasPrefix("sink:") { coverAll(known.parcel) }
            counting.write(letter, reply)
        case .write(let writer):
            let isForAll = known.isForAll && !letter.stage.hasPrefix("sink:")
            writer.write(again(letter, known, isForAll: isForAll)) { [coverAll] outcome in
                if case .written = outcome, isForAll { coverAll(known.parcel) }
                reply(outcome)
            }
        }
    }

    /// The letter as it is written. A record that is missing at this sink alone, and failed before any, says so in its stage:
    /// by the stage alone the next redrive would send it to all.
    private func again(_ letter: DeadLetter, _ known: Known, isForAll: Bool) -> DeadLetter {
        var letter = letter
        letter.redrives = known.parcel.redrives + 1
        if !isForAll && !letter.stage.hasPrefix("sink:") {
            letter.error = DeadLetter.error("\(letter.stage): \(letter.error)")
            letter.stage = "sink:\(sink)"
        }
        return letter
    }

    func close(deadline: Int64) { if case .write(let writer) = way { writer.close(deadline: deadline) } }
}
