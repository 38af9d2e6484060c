import Millrace
import MillraceMachines

extension Acknowledgement {
    /// Which of `offsets` are safe at the sink called `sink`, whole aggregates at a time: everything below the checkpoint,
    /// and what the sink's cursor has above it.
    ///
    /// For jobs that keep account of single records. Complexity: O(metadata + offsets × log of its ranges).
    public func safe(_ offsets: some Sequence<Int64>, at sink: String) -> [Int64] {
        let cursor = CursorCodec.decode(metadata, [sink], checkpoint: checkpoint)[0]
        return offsets.filter { offset in
            if offset < checkpoint { return true }
            guard let cursor else { return false }
            let whole = Position(offset: offset)..<Position(offset: offset + 1)
            return cursor.low >= whole.upperBound
                || cursor.done.contains {
                    $0.lowerBound <= whole.lowerBound && $0.upperBound >= whole.upperBound
                }
        }
    }
}
