import Millrace

extension ShardMachine {
    /// Lets go of batches that nothing needs any more.
    mutating func release(_ turn: inout Turn) {
        guard batches.hasIdle else { return }
        let (stages, letters) = (stages, letters)

        func isNeeded(_ span: Range<Position>) -> Bool {
            letters.keys.contains { span.contains($0.record.start) }
                || stages.contains { $0.spec.isRequired && $0.hasPending(in: span) }
        }
        batches.release(unless: isNeeded) { turn.act($0) }
    }

    /// Lifts the checkpoint to the lowest watermark of the required stages.
    mutating func advance(_ turn: inout Turn) {
        var low: Position?
        for index in stages.indices where stages[index].spec.isRequired {
            low = min(low ?? stages[index].cursor.low, stages[index].cursor.low)
        }
        checkpoint = max(checkpoint, low ?? checkpoint)
        if hasNews {
            hasNews = false
            turn.act(.advance)
        }
    }
}

extension Stage {
    /// Whether a record of `span` waits or flies, also one that is read again.
    fileprivate func hasPending(in span: Range<Position>) -> Bool {
        func meets(_ run: RecordRun) -> Bool {
            let index = run.firstIndex(notBefore: RecordID(offset: span.lowerBound.offset, sub: span.lowerBound.sub))
            return index < run.endIndex && run[index].start < span.upperBound
        }
        return flight.contains { meets($0.piece.records) } || (0..<queue.count).contains { meets(queue[$0].records) }
    }
}
