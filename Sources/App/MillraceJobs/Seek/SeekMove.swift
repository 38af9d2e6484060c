import KafkaConnector
import Millrace
import MillraceEngine
import Platform

/// One shard's way from where the group stands to where it is to stand. Pure.
struct SeekMove: Hashable {
    let shard: ShardID
    /// Where the log begins and ends.
    let log: Range<Int64>
    /// Where the group stands; nil where it has committed nothing.
    let before: Int64?
    /// Where it is to stand.
    let after: Int64
    /// What stands beside `before`.
    let metadata: String

    /// Who committed last; nil for a program that leaves no trace.
    var trace: CommitTrace? { CommitTrace.read(metadata).trace }

    /// Whether the group stands there already.
    var isNothing: Bool { before == after }

    /// Offsets that are read again.
    var again: Int64 {
        guard let before, before > after else { return 0 }
        return max(0, min(before, log.upperBound) - after)
    }

    /// Offsets that are never read, of those that the log still has.
    var skipped: Int64 {
        guard let before, after > before else { return 0 }
        return max(0, after - max(before, log.lowerBound))
    }

    /// What is to be committed beside ``after``: cursors that neither keep a record from a sink nor give it one twice, and what
    /// is replaced.
    func metadata(_ author: CommitTrace) -> String {
        let (cursors, trace) = CommitTrace.read(metadata)
        var author = author
        var next = "1"
        if let before {
            author.replaced = CommitTrace.Replaced(offset: before, cursors: cursors)
            // The way back from a seek that no worker has come after: the cursors are as true as they were.
            if let replaced = trace?.replaced, replaced.offset == after {
                next = replaced.cursors
            } else {
                next = CommittedCursors.moved(cursors, from: before, to: after)
            }
        }
        return author.metadata(next)
    }

    /// Throws for an offset that the log does not have.
    static func check(_ shard: ShardID, _ log: Range<Int64>, _ offset: Int64) throws(MillraceError) {
        if offset < log.lowerBound {
            throw MillraceError(
                .usage, "\(shard):\(offset) has expired: the log begins at \(log.lowerBound)",
                remedy: "--to earliest is the first record there is")
        }
        if offset > log.upperBound {
            throw MillraceError(
                .usage, "\(shard):\(offset) is not there yet: the log ends at \(log.upperBound)",
                remedy: "--to latest is behind the last record")
        }
    }
}
