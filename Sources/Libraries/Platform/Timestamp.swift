/// A moment of the wall clock, to the millisecond, and its RFC 3339 form in UTC.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    public let milliseconds: Int64

    /// The moment `milliseconds` after 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The present moment.
    public static func now() -> Timestamp { Timestamp(milliseconds: WallClock.now()) }

    /// Whether `left` is the earlier moment.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
}

extension Timestamp {
    /// Reads RFC 3339: `2026-03-01T07:00:00Z`, with any fraction (cut to milliseconds) and any zone (`+01:00`).
    ///
    /// `nil` for anything else, a day that does not exist among it. A leap second counts as the second before it.
    public init?(rfc3339 text: String) {
        var reader = Reader(bytes: Array(text.utf8))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.takeAny("Tt "), let hour = reader.number(2), reader.take(":"),
            let minute = reader.number(2), reader.take(":"), let second = reader.number(2),
            let fraction = reader.milliseconds(), let zone = reader.zoneMinutes(), reader.isAtEnd,
            (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        let days = Self.days(fromCivil: year, month, day)
        let seconds = ((days * 24 + hour) * 60 + minute - zone) * 60 + min(second, 59)
        self.init(milliseconds: Int64(seconds) * 1000 + Int64(fraction))
    }

    /// `2026-03-01T07:00:00.012Z`. Years before 0 or after 9999 are written as they are, which RFC 3339 has no form for.
    public var rfc3339: String {
        let (days, rest) = Self.divide(milliseconds, 86_400_000)
        let (year, month, day) = Self.civil(fromDays: Int(days))
        var text = Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2) + "T"
        text += Self.padded(Int(rest / 3_600_000), 2) + ":" + Self.padded(Int(rest / 60_000 % 60), 2) + ":"
        text += Self.padded(Int(rest / 1000 % 60), 2) + "." + Self.padded(Int(rest % 1000), 3) + "Z"
        return text
    }

    /// The UTC date alone: `2026-03-01`.
    public var date: String { String(rfc3339.prefix { $0 != "T" }) }
}

extension Timestamp: CustomStringConvertible {
    /// The RFC 3339 form.
    public var description: String { rfc3339 }
}

// The calendar: days are counted from 1970-01-01 in the proleptic Gregorian calendar. Years are taken to begin in March,
// so that the leap day is a year's last, and in cycles of 400 years, which all have 146,097 days.
extension Timestamp {
    private static func divide(_ value: Int64, _ by: Int64) -> (Int64, Int64) {
        let rest = ((value % by) + by) % by
        return ((value - rest) / by, rest)
    }

    private static func days(fromCivil year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let (cycle, yearOfCycle) = divide(Int64(marchYear), 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let years = Int(yearOfCycle)
        return Int(cycle) * 146_097 + years * 365 + years / 4 - years / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let (cycle, rest) = divide(Int64(days + 719_468), 146_097)
        let dayOfCycle = Int(rest)
        let years = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * years + years / 4 - years / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = Int(cycle) * 400 + years + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value.magnitude)
        return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Timestamp {
    /// Walks the bytes of a time; each step answers `nil` or `false` and stays where it is when the bytes do not fit.
    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        var isAtEnd: Bool { index == bytes.count }

        mutating func digit() -> Int? {
            guard index < bytes.count, (48...57).contains(bytes[index]) else { return nil }
            defer { index += 1 }
            return Int(bytes[index]) - 48
        }

        mutating func number(_ digits: Int) -> Int? {
            var value = 0
            for _ in 0..<digits {
                guard let next = digit() else { return nil }
                value = value * 10 + next
            }
            return value
        }

        mutating func takeAny(_ choices: StaticString) -> Bool {
            guard index < bytes.count, choices.description.utf8.contains(bytes[index]) else { return false }
            index += 1
            return true
        }

        mutating func take(_ character: StaticString) -> Bool { takeAny(character) }

        /// A fraction of a second, if there is one, cut to milliseconds.
        mutating func milliseconds() -> Int? {
            guard take(".") else { return 0 }
            guard var value = digit() else { return nil }
            var digits = 1
            while let next = digit() {
                if digits < 3 { value = value * 10 + next }
                digits += 1
            }
            while digits < 3 {
                value *= 10
                digits += 1
            }
            return value
        }

        /// `Z` or an offset to UTC, in minutes.
        mutating func zoneMinutes() -> Int? {
            if takeAny("Zz") { return 0 }
            let isBehind = take("-")
            guard isBehind || take("+"), let hours = number(2), take(":"), let minutes = number(2),
                hours <= 23, minutes <= 59
            else { return nil }
            return (isBehind ? -1 : 1) * (hours * 60 + minutes)
        }
    }
}
