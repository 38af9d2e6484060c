import Glibc

/// Calls `body` until it answers something; throws when it has not within `limit`, long enough for a busy machine.
func waitFor<R>(_ what: String, within limit: Duration = .seconds(30), _ body: () throws -> R?) throws -> R {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if let found = try body() { return found }
        poll(nil, 0, 2)
    }
    throw NotInTime(description: "no \(what) within \(limit)")
}

/// Waits until `condition` holds.
func wait(until what: String, _ condition: () throws -> Bool) throws {
    _ = try waitFor(what) { try condition() ? true : nil }
}
