import Millrace

extension ShardMachine {
    /// Whether a batch that begins at `first` would be taken now: the shard is running, and nothing was rewound since the
    /// batch was read. A batch that is not taken is not the machine's: no action will name it.
    public func takes(from first: Position) -> Bool {
        state == .running && first >= position
    }

    /// A batch was read: its records are queued for the stages that want them.
    mutating func admit(_ admission: Admission, _ turn: inout Turn) {
        guard takes(from: admission.first) else { return }
        if position < admission.first { turn.act(.gap(position..<admission.first)) }
        let isRepeated = position < batches.top
        batches.admit(admission.batch, admission.first..<admission.next)
        for stage in stages.indices {
            stages[stage].books.read += admission.records.count
            let isAhead = stages[stage].cursor.top > admission.first
            if isRepeated || isAhead || !admission.dead.isEmpty || !stages[stage].knownPoison.isEmpty {
                sift(admission, for: stage, isRepeated: isRepeated, &turn)
            } else {
                give(admission, to: stage)
            }
        }
        for dead in admission.dead { bury(dead, of: admission.batch, &turn) }
        position = admission.next
    }

    /// The plain way: the stage has nothing of the batch, and wants all that its portion names.
    private mutating func give(_ admission: Admission, to stage: Int) {
        let (wanted, weight) = admission.portion(of: stage)
        if stages[stage].cursor.add(gapsOf: wanted, in: position..<admission.next) { hasNews = true }
        stages[stage].books.filtered += admission.records.count - wanted.count
        if let first = wanted.first {
            enqueue(Piece(records: wanted, batch: admission.batch, root: first, weight: weight), stage)
        }
    }

    /// Record by record: leaves out what the stage has, or has under way, and what is dead already.
    private mutating func sift(_ admission: Admission, for stage: Int, isRepeated: Bool, _ turn: inout Turn) {
        let (wanted, weight) = admission.portion(of: stage)
        let busy = isRepeated ? self.busy(stage, in: position..<admission.next) : []
        let dead = admission.dead.filter { $0.stage == nil || $0.stage == StageID(stage) }
        var (nextBusy, nextDead, nextWanted) = (busy.startIndex, dead.startIndex, wanted.startIndex)
        var covered: [Range<Position>] = []
        var choice = RecordChoice(of: wanted)
        var at = position

        for record in admission.records {
            if at < record.start { covered.append(at..<record.start) }
            at = record.end
            while nextBusy < busy.endIndex, busy[nextBusy] < record { nextBusy += 1 }
            while nextDead < dead.endIndex, dead[nextDead].record < record { nextDead += 1 }
            while nextWanted < wanted.endIndex, wanted[nextWanted] < record { nextWanted += 1 }
            let isBusy = nextBusy < busy.endIndex && !(record < busy[nextBusy])
            if isBusy || stages[stage].cursor.contains(record.start) {
                stages[stage].books.rewound += 1  // read once more, and counted so (F21)
            } else if nextDead < dead.endIndex, !(record < dead[nextDead].record) {
                continue  // counted when its letter is safe
            } else if nextWanted < wanted.endIndex, !(record < wanted[nextWanted]) {
                choice.append(nextWanted)
            } else {
                stages[stage].books.filtered += 1
                covered.append(record.start..<record.end)
            }
        }
        if at < admission.next { covered.append(at..<admission.next) }
        cover(covered, without: busy, stage)
        let share = wanted.isEmpty ? 0 : weight * choice.records.count / wanted.count
        enqueue(choice.records, weight: share, of: admission.batch, stage, &turn)
    }

    /// The stage is done with positions without a record for it: `ranges`, ascending. What of them is in hand is not done,
    /// even where the log has lost it since it was read (F44).
    private mutating func cover(_ ranges: [Range<Position>], without busy: [RecordID], _ stage: Int) {
        var free: [Range<Position>] = []
        var next = busy.startIndex
        for range in ranges {
            var at = range.lowerBound
            while next < busy.endIndex, busy[next].start < range.upperBound {
                if at < busy[next].start { free.append(at..<busy[next].start) }
                at = max(at, busy[next].end)
                next += 1
            }
            if at < range.upperBound { free.append(at..<range.upperBound) }
        }
        if stages[stage].cursor.add(ascending: free.makeIterator()) { hasNews = true }
    }

    /// Records of `span` that wait, fly, are owned, or are dead letters at the stage, ascending.
    private func busy(_ stage: Int, in span: Range<Position>) -> [RecordID] {
        var busy: [RecordID] = []
        let stage = stages[stage]

        func collect(_ run: RecordRun) {
            let first = RecordID(offset: span.lowerBound.offset, sub: span.lowerBound.sub)
            busy += run[run.firstIndex(notBefore: first)...].prefix { $0.start < span.upperBound }
        }
        for index in 0..<stage.queue.count { collect(stage.queue[index].records) }
        for flight in stage.flight where !flight.piece.isGone { collect(flight.piece.records) }
        for owned in stage.owned { collect(owned.records) }
        for (key, dispatch) in letters where span.contains(key.record.start) && dispatch.holders.contains(stage.id) {
            busy.append(key.record)
        }
        return busy.sorted()
    }

    /// Queues records as one piece, cut where the stage is known to call one poison: that one is not sent again.
    private mutating func enqueue(
        _ records: RecordRun, weight: Int, of batch: Int, _ stage: Int, _ turn: inout Turn
    ) {
        var root: RecordID?
        var start = records.startIndex

        func piece(upTo end: Int) -> Piece? {
            guard start < end else { return nil }
            let share = weight * (end - start) / records.count
            return Piece(records: records[start..<end], batch: batch, root: root ?? records[start], weight: share)
        }
        if !stages[stage].knownPoison.isEmpty {
            for index in records.indices {
                guard let failure = stages[stage].knownPoison[records[index]] else {
                    root = root ?? records[index]
                    continue
                }
                if let piece = piece(upTo: index) { enqueue(piece, stage) }
                start = index + 1
                write(
                    Letter(
                        key: LetterKey(.stage(StageID(stage)), records[index]), batch: batch,
                        reason: failure.isTooLarge ? .tooLarge : .poison, message: failure.message, attempts: 1,
                        path: BisectionPath()),
                    for: [StageID(stage)], &turn)
            }
        }
        if let piece = piece(upTo: records.endIndex) { enqueue(piece, stage) }
    }

    /// One letter for all stages that a pure failure leaves without the record; later records pass it (F40).
    private mutating func bury(_ dead: Admission.Dead, of batch: Int, _ turn: inout Turn) {
        let holders = stages.filter {
            (dead.stage == nil || dead.stage == $0.id) && !$0.cursor.contains(dead.record.start)
        }
        let key = LetterKey(.pure(dead.place), dead.record)
        guard !holders.isEmpty, letters[key] == nil else { return }
        write(
            Letter(
                key: key, batch: batch, reason: .pure(dead.reason), message: dead.message, attempts: 0,
                path: BisectionPath()),
            for: holders.map(\.id), &turn)
    }
}

extension Admission {
    /// The records for a stage, and their weight.
    fileprivate func portion(of stage: Int) -> (records: RecordRun, weight: Int) {
        guard stage < portions.count else { return (records, records.count) }
        return (portions[stage].records ?? records, portions[stage].weight)
    }
}
