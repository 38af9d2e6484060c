/// The answers of a sink that takes a delivery whole or not at all.
extension Delivery {
    /// Nothing of the delivery has landed, and `failure` holds for every record: the answer to an outage, and to a refusal
    /// that names no culprit. Complexity: O(count).
    public func failed(_ failure: Failure) -> [IndexedFailure] {
        (0..<count).map { IndexedFailure($0, failure) }
    }

    /// Nothing of the delivery has landed, and record `index` is at fault: the others are sent again. Complexity: O(count).
    public func failed(at index: Int, _ failure: Failure) -> [IndexedFailure] {
        let untried = Failure(.untried, "stood beside a failed record")
        return (0..<count).map { IndexedFailure($0, $0 == index ? failure : untried) }
    }
}
