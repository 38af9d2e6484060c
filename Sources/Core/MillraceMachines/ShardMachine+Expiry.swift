import Millrace

/// `dead_letter.expire`: a record that has waited long enough at a stage is given up, whoever is at fault.
///
/// A delivery of several records is never given up: once its time is over it is halved, as if its attempts were spent.
extension ShardMachine {
    /// How long a piece may still wait at its stage; nil: for ever. What has not failed yet does not wait.
    func timeLeft(for piece: Piece, now: Milliseconds) -> Milliseconds? {
        guard let expire, let since = piece.since else { return nil }
        return max(0, expire - (now - since))
    }

    /// A record that stands alone failed and waits: it is looked at again when its time is over, asked or not.
    func setExpiry(of piece: Piece, _ stage: Int, _ turn: inout Turn) {
        guard piece.isAlone, let left = timeLeft(for: piece, now: turn.now) else { return }
        turn.act(.schedule(.expiry(StageID(stage), piece.first), after: left))
    }

    /// The time of a record that stands alone is over, unless an operator had it asked anew. In flight, its answer decides;
    /// while a person holds the stage, or has to decide about it, nothing is given up.
    mutating func lapse(_ stage: Int, _ record: RecordID, _ turn: inout Turn) {
        guard !isPaused, !stages[stage].isPaused, !stages[stage].isParked,
            let index = stages[stage].queue.index(of: record)
        else { return }
        let piece = stages[stage].queue[index]
        guard piece.isAlone, piece.kind == .transient || piece.kind == .rejected else { return }
        guard timeLeft(for: piece, now: turn.now) == 0 else {
            setExpiry(of: piece, stage, &turn)
            return
        }
        condemn(dequeue(at: index, stage), stage, reason: .expired, &turn)
    }
}
