import Platform

/// A day, by UTC.
struct Day: Sendable, Hashable {
    private static let length: Int64 = 86_400_000

    /// Days since 1970.
    let number: Int64

    /// The day of a record's timestamp, milliseconds since 1970.
    init(of timestamp: Int64) {
        let (whole, rest) = timestamp.quotientAndRemainder(dividingBy: Day.length)
        number = rest < 0 ? whole - 1 : whole
    }

    /// `2026-01-31`
    var text: String { String(Timestamp(milliseconds: number * Day.length).rfc3339.prefix(10)) }
}
