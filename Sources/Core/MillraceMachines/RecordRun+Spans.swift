import Millrace

/// The positions that ascending records cover, as maximal ranges: records that touch are one.
struct RecordSpans: IteratorProtocol {
    private let records: ArraySlice<RecordID>
    private var index: Int

    init(_ records: ArraySlice<RecordID>) {
        self.records = records
        index = records.startIndex
    }

    mutating func next() -> Range<Position>? {
        guard index < records.endIndex else { return nil }
        let start = records[index].start
        var end = records[index].end
        index += 1
        while index < records.endIndex, records[index].start == end {
            end = records[index].end
            index += 1
        }
        return start..<end
    }
}

/// The positions of `bounds` that ascending records leave out, as ranges that are not empty.
struct RecordGaps: IteratorProtocol {
    private let records: ArraySlice<RecordID>
    private var index: Int
    private var position: Position
    private let end: Position

    init(_ records: ArraySlice<RecordID>, in bounds: Range<Position>) {
        self.records = records
        index = records.startIndex
        position = bounds.lowerBound
        end = bounds.upperBound
    }

    mutating func next() -> Range<Position>? {
        while index < records.endIndex {
            let record = records[index]
            let from = position
            position = record.end
            index += 1
            if from < record.start { return from..<record.start }
        }
        guard position < end else { return nil }
        defer { position = end }
        return position..<end
    }
}

/// Chooses records of a run by ascending index; what was chosen in one piece stays a slice.
struct RecordChoice {
    private let run: RecordRun
    private var range: Range<Int>
    private var list: [RecordID]?

    init(of run: RecordRun) {
        self.run = run
        range = run.startIndex..<run.startIndex
    }

    mutating func append(_ index: Int) {
        if list != nil {
            list?.append(run[index])
        } else if range.isEmpty {
            range = index..<index + 1
        } else if index == range.upperBound {
            range = range.lowerBound..<index + 1
        } else {
            list = Array(run[range])
            list?.append(run[index])
        }
    }

    var records: RecordRun {
        if let list { RecordRun(list) } else { run[range] }
    }
}
