/// How long a demo goes on: counted from the first order that is read, as the start takes a time of its own. Pure.
struct DemoLimit: Sendable {
    /// Milliseconds; nil: without end.
    let length: Int64?
    /// When the first order had been read, monotonic milliseconds.
    private var begun: Int64?

    init(_ length: Int64?) { self.length = length }

    /// Whether it is over at `now`, when `read` orders have been read.
    mutating func isOver(read: Int, now: Int64) -> Bool {
        guard let length, read > 0 else { return false }
        let begun = begun ?? now
        self.begun = begun
        return now - begun >= length
    }
}
