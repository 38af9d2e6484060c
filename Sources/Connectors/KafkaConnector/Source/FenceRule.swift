/// What a static member does that another one of its name has taken the place of. Pure.
///
/// Once it makes a new consumer: it may have been its own predecessor that was slow to go, or a broker that was slow to
/// notice. Fenced again within a session it is the other one's turn: two that share a name would fence each other for ever.
struct FenceRule {
    /// Milliseconds.
    let session: Int64
    private var last: Int64?

    /// - Parameter session: `session.timeout.ms`.
    init(session: Int64) { self.session = session }

    /// It is fenced at `now` (monotonic milliseconds); whether it may join once more.
    mutating func fenced(at now: Int64) -> Bool {
        defer { last = now }
        guard let last else { return true }
        return now - last > session
    }
}
