/// What was submitted to a sink, as far as it is told of when it is over.
struct Submit {
    /// When, monotonic nanoseconds.
    let time: Int64
    /// Of its first record.
    let offset: Int64
    /// How many records the sink took.
    let count: Int
}
