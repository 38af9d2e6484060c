import Millrace
import MillraceMachines

/// The cursors that stand beside a committed offset, for those who move that.
public enum CommittedCursors {
    /// What is to stand beside `target` when a shard is moved there from `checkpoint`, beside which `metadata` stood.
    ///
    /// Forward, a sink that has records behind `target` already is not given them again, and an optional sink that was
    /// behind is still known to be. Back, every sink is given everything from `target` on: a cursor would keep some of it
    /// from it. Metadata that is not Millrace's says nothing.
    public static func moved(_ metadata: String, from checkpoint: Int64, to target: Int64) -> String {
        guard target >= checkpoint else { return "1" }
        let place = Position(offset: target)
        let kept = CursorCodec.all(in: metadata, checkpoint: checkpoint).map { name, cursor in
            let low = cursor.low.offset < checkpoint ? cursor.low : max(cursor.low, place)
            return (name: name, cursor: Cursor(low: low, done: cursor.done))
        }
        return CursorCodec.encode(
            kept.map(\.name), kept.map(\.cursor), checkpoint: target, limit: Acknowledgement.maxMetadata)
    }
}
