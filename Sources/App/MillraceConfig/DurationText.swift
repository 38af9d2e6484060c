/// Durations as a config writes them: a number and its unit, together.
public enum DurationText {
    /// Why a text is no duration.
    public enum Problem: Error, Equatable {
        /// A bare number.
        case noUnit(Int64)
        /// Something that reads as a duration when written this way.
        case written(String)
        /// Something else.
        case other
    }

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    private static let words: [String: String] = [
        "millis": "ms", "milli": "ms", "msec": "ms", "msecs": "ms", "millisecond": "ms", "milliseconds": "ms",
        "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m",
        "minutes": "m", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d",
    ]

    /// The milliseconds of `10ms`, `5s`, `3m`, `1h`, `2d`.
    public static func milliseconds(_ text: String) throws(Problem) -> Int64 {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits) else { throw .other }
        let rest = text[digits.endIndex...]
        guard !rest.isEmpty else { throw .noUnit(number) }
        guard let unit = units.first(where: { $0.name == rest }) else { throw repaired(number, String(rest)) }
        let (product, isTooLarge) = number.multipliedReportingOverflow(by: unit.milliseconds)
        guard !isTooLarge else { throw .other }
        return product
    }

    /// The shortest way to write a duration.
    public static func text(_ milliseconds: Int64) -> String {
        guard milliseconds != 0 else { return "0s" }
        for unit in units where milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return "\(milliseconds)ms"
    }

    private static func repaired(_ number: Int64, _ rest: String) -> Problem {
        let word = rest.lowercased().filter { $0 != " " }
        if let unit = units.first(where: { $0.name == word }) { return .written("\(number)\(unit.name)") }
        if let unit = words[word] { return .written("\(number)\(unit)") }
        return .other
    }
}
