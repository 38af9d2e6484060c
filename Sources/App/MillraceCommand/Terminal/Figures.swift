import MillraceService

/// Numbers as people read them.
enum Figures {
    /// `16,790`
    static func grouped(_ value: Int) -> String { MillraceService.Figures.count(value) }

    /// At most five characters: `999`, `11.6k`, `412k`, `26.3M`.
    static func short(_ value: Int) -> String {
        guard value.magnitude >= 1_000 else { return String(value) }
        var scaled = Double(value)
        for unit in ["k", "M", "G", "T"] {
            scaled /= 1_000
            // 999,950 would round to 1000.0k.
            if abs(scaled) < 99.95 { return tenths(scaled) + unit }
            if abs(scaled) < 999.5 { return String(Int(scaled.rounded())) + unit }
        }
        return String(Int(scaled.rounded())) + "T"
    }

    /// A clock's reading of whole seconds: `0:36`, `1:04:05`.
    static func clock(seconds: Int64) -> String {
        let seconds = max(0, seconds)
        let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// How long something takes already, in its largest unit: `38s`, `5m`, `3h`, `12d`.
    static func age(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1_000
        if seconds < 120 { return "\(seconds)s" }
        if seconds < 7_200 { return "\(seconds / 60)m" }
        return seconds < 172_800 ? "\(seconds / 3_600)h" : "\(seconds / 86_400)d"
    }

    /// One digit behind the point: `0.1`.
    static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
