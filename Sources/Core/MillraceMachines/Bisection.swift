import Millrace

/// Cutting a failed delivery: by halves where the culprit is unknown, at the failures where they are named.
enum Bisection {
    /// Neighbours that failed in the same way.
    struct Run {
        let records: RecordRun
        /// The first record's failure.
        let failure: Failure
        var kind: FailureClass { failure.kind }
    }

    /// The halves of a piece of two or more; the left one, which goes first, is never the smaller one.
    static func halves(of piece: Piece) -> [Piece] {
        let records = piece.records
        let cut = records.startIndex + (records.count + 1) / 2
        var left = piece.part(records[records.startIndex..<cut])
        var right = piece.part(records[cut..<records.endIndex])
        right.weight = piece.weight - left.weight
        left.path = piece.path.left()
        right.path = piece.path.right()
        left.isBisecting = true
        right.isBisecting = true
        return [left, right]
    }

    /// What was delivered of `records`, and what is left, in order.
    ///
    /// Neighbours of one class stay together, also over delivered ones between them; of `poison` each record stands
    /// alone. Linear; `failures` ascend.
    static func outcome(of records: RecordRun, failures: [RecordFailure]) -> (delivered: RecordRun, runs: [Run]) {
        var delivered = RecordChoice(of: records)
        var runs: [Run] = []
        var open: (failure: Failure, choice: RecordChoice)?
        var next = failures.startIndex

        for index in records.indices {
            let record = records[index]
            while next < failures.endIndex, failures[next].record < record { next += 1 }
            guard next < failures.endIndex, !(record < failures[next].record) else {
                delivered.append(index)
                continue
            }
            let failure = failures[next].failure
            if let run = open, run.failure.kind != failure.kind || failure.kind == .poison {
                runs.append(Run(run))
                open = nil
            }
            if open == nil { open = (failure, RecordChoice(of: records)) }
            open?.choice.append(index)
        }
        if let open { runs.append(Run(open)) }
        return (delivered.records, runs)
    }
}

extension Bisection.Run {
    fileprivate init(_ open: (failure: Failure, choice: RecordChoice)) {
        self.init(records: open.choice.records, failure: open.failure)
    }
}
