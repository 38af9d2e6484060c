/// The careful way of a delivery: of each output partition one record at a time, the next when it has landed.
///
/// So a refusal names its record, and nothing later of its partition has been sent.
struct SinkWalk: Sendable {
    /// Where each record goes.
    let partitions: [Int32]
    /// For each record the next one of its partition, or -1.
    private var next: [Int32]
    /// The first record of each partition that occurs, ascending.
    let heads: [Int]

    /// The way of a delivery whose records go to `partitions`, in this order.
    init(partitions: [Int32]) {
        self.partitions = partitions
        next = Array(repeating: -1, count: partitions.count)
        var heads: [Int] = []
        var last: [Int32: Int] = [:]
        for (index, partition) in partitions.enumerated() {
            if let before = last.updateValue(index, forKey: partition) {
                next[before] = Int32(index)
            } else {
                heads.append(index)
            }
        }
        self.heads = heads
    }

    /// Record `index` has landed: the one to send now; nil at the partition's end.
    func after(_ index: Int) -> Int? { next[index] < 0 ? nil : Int(next[index]) }

    /// Record `index` has failed: those that stand behind it, in order. They are not to be sent.
    func behind(_ index: Int) -> [Int] {
        Array(
            sequence(state: index) { state -> Int? in
                guard let next = after(state) else { return nil }
                state = next
                return next
            })
    }
}
