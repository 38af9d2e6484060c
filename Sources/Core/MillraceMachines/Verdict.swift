import Millrace

/// Decides whether a record that stands alone and failed once more is at fault, or its destination.
///
/// One a fault domain. It counts the row: records given up on suspicion since the domain last delivered one. An outage
/// can so cost at most `max(1, unwitnessed)` innocent records, however large the batches.
public struct Verdict: Sendable {
    /// What to do with the record.
    enum Decision: Sendable {
        /// It is at fault: a dead letter.
        case condemn
        /// It may be the destination: ask again later.
        case suspect
    }

    /// Rejected records in a row that are given up without a witness.
    public let unwitnessed: Int
    /// Records given up on suspicion since the last delivered one.
    public private(set) var row = 0

    /// No record was given up yet.
    public init(unwitnessed: Int = 3) {
        self.unwitnessed = unwitnessed
    }

    /// A record was delivered.
    mutating func delivered() {
        row = 0
    }

    /// Decides on a record.
    ///
    /// - Parameters:
    ///   - kind: how it failed: `rejected`, or `transient` past its quota.
    ///   - isWitnessed: a witness came before this attempt was submitted. One verdict spends it.
    ///   - isSure: the same call delivered other records, or an operator vouches for the destination.
    mutating func decide(_ kind: FailureClass, isWitnessed: Bool, isSure: Bool) -> Decision {
        if isSure { return .condemn }
        guard isWitnessed && row == 0 || kind == .rejected && row < unwitnessed else { return .suspect }
        row += 1
        return .condemn
    }
}
