import Millrace

extension ShardMachine {
    /// A record of a stage is given up.
    mutating func condemn(_ piece: Piece, _ stage: Int, reason: Letter.Reason, _ turn: inout Turn) {
        bury(piece.first, of: piece, stage, reason: reason, message: piece.message, &turn)
    }

    /// A record of a piece is given up.
    mutating func bury(
        _ record: RecordID, of piece: Piece, _ stage: Int, reason: Letter.Reason, message: String, _ turn: inout Turn
    ) {
        let letter = Letter(
            key: LetterKey(.stage(StageID(stage)), record), batch: piece.batch, reason: reason, message: message,
            attempts: piece.tries, path: piece.path)
        write(letter, for: [StageID(stage)], &turn)
    }

    /// Sends a dead letter; the cursors of its holders wait for it.
    mutating func write(_ letter: Letter, for holders: [StageID], _ turn: inout Turn) {
        drop(letter.key)
        letters[letter.key] = Dispatch(letter: letter, holders: holders)
        batches.hold(letter.batch, isRequired: true)
        if case .stage(let stage) = letter.key.place { stages[stage.index].letters += 1 }
        for holder in holders { stages[holder.index].awaitedLetters += 1 }
        turn.act(.deadLetter(letter))
    }

    /// Forgets a letter; its holders.
    @discardableResult
    private mutating func drop(_ key: LetterKey) -> [StageID] {
        guard let dispatch = letters.removeValue(forKey: key) else { return [] }
        batches.drop(dispatch.letter.batch, isRequired: true)
        if case .stage(let stage) = key.place { stages[stage.index].letters -= 1 }
        for holder in dispatch.holders { stages[holder.index].awaitedLetters -= 1 }
        return dispatch.holders
    }

    /// A letter is left to the next owner of the shard.
    mutating func giveUp(_ key: LetterKey) {
        for holder in drop(key) { stages[holder.index].books.returned += 1 }
    }

    /// Writing a letter ended. If the DLQ cannot be written the shard waits: there is no limit on attempts.
    mutating func answer(_ key: LetterKey, _ result: LetterResult, _ turn: inout Turn) {
        guard let dispatch = letters[key], dispatch.isSent else { return }
        switch result {
        case .written:
            for holder in drop(key) {
                cover(RecordRun([key.record]), holder.index)
                stages[holder.index].books.deadLettered += 1
            }
        case .tooLarge where oversize == .reference && dispatch.letter.form == .full:
            letters[key]?.letter.form = .reference
            send(key, &turn)
        case .tooLarge, .transient:
            guard state != .revoking else {
                giveUp(key)
                return
            }
            letters[key]?.failures += 1
            letters[key]?.isSent = false
            let delay = letterRetry.delay(afterFailures: dispatch.failures + 1, jitter: turn.jitter)
            turn.act(.schedule(.letter(key), after: delay))
        }
    }

    /// A letter's back-off is over.
    mutating func resend(_ key: LetterKey, _ turn: inout Turn) {
        if let dispatch = letters[key], !dispatch.isSent { send(key, &turn) }
    }

    private mutating func send(_ key: LetterKey, _ turn: inout Turn) {
        letters[key]?.isSent = true
        if let letter = letters[key]?.letter { turn.act(.deadLetter(letter)) }
    }
}
