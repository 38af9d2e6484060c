/// Counts of values by size. Cheap to add to: a few comparisons.
struct Histogram: Sendable {
    /// The upper ends of the buckets, ascending; above the last one everything is one more bucket.
    let bounds: [Double]
    /// Values in each bucket, not cumulated; one more than there are bounds.
    private(set) var counts: [Int]
    /// The sum of all values.
    private(set) var sum = 0.0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// How many values there were.
    var count: Int { counts.reduce(0, +) }

    mutating func add(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}
