import Millrace

extension ShardMachine {
    /// Batches whose credit is in use.
    public var heldBatches: Int { batches.count }

    /// How far every stage is, by index: what to commit beside the checkpoint. Makes an array; ask when you commit.
    public var cursors: [Cursor] { stages.map(\.cursor) }

    /// What became of the records of a stage; they balance.
    public func books(of stage: StageID) -> Books {
        let stage = stages[stage.index]
        var books = stage.books
        books.inFlight = stage.pendingRecords + stage.ownedRecords + stage.awaitedLetters
        return books
    }

    /// The deliveries that the stage took and has not answered for good, by number. O(n) of them.
    public func openDeliveries(at stage: StageID) -> Set<Int> {
        let stage = stages[stage.index]
        return Set(stage.flight.map(\.delivery)).union(stage.owned.map(\.delivery))
    }

    /// The records of a delivery that the stage took and has not answered for good, as they were submitted; `nil` when
    /// there is none of this number. O(n) of the deliveries of the stage that are not safe.
    public func records(ofDelivery delivery: Int, at stage: StageID) -> RecordRun? {
        let index = stage.index
        if let flight = stages[index].flightIndex(of: delivery) { return stages[index].flight[flight].piece.records }
        return stages[index].ownedIndex(of: delivery).map { stages[index].owned[$0].accepted }
    }
}
