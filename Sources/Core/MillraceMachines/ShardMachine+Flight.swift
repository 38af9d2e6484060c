import Millrace

extension FaultDomain {
    /// The breaker's `recoveryTimeout` is over; true when that makes an open breaker half open, which is news for every
    /// shard that waits in the domain. For whoever keeps the timer when no shard is left to be told.
    public mutating func recover() -> Bool { breaker.recover() }
}

extension ShardMachine {
    /// The records of a delivery that a stage has not answered for good; nil when there is none of this number.
    ///
    /// Complexity: O(deliveries in flight).
    public func records(ofDelivery delivery: Int, at stage: StageID) -> RecordRun? {
        let stage = stages[stage.index]
        if let index = stage.flightIndex(of: delivery) { return stage.flight[index].piece.records }
        return stage.ownedIndex(of: delivery).map { stage.owned[$0].records }
    }
}
