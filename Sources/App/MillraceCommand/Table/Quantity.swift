/// Durations and sizes as they are typed: a whole number and a unit, together.
enum Quantity {
    private static let durations: [(unit: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    private static let sizes: [(unit: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// The milliseconds of `10ms`, `5s`, `2m`, `1h`, `7d`; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? { read(text, durations.map { ($0.unit, $0.milliseconds) }) }

    /// The bytes of `512B`, `64KiB`, `1MiB`, `2GiB`; nil for anything else.
    static func bytes(_ text: String) -> Int? { read(text, sizes.map { ($0.unit, $0.bytes) }) }

    /// A duration in the largest unit that leaves no rest.
    static func text(milliseconds: Int64) -> String {
        let unit = durations.last { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.unit)" } ?? "\(milliseconds)ms"
    }

    /// A size in the largest unit that leaves no rest.
    static func text(bytes: Int) -> String {
        let unit = sizes.last { bytes % $0.bytes == 0 && bytes >= $0.bytes }
        return unit.map { "\(bytes / $0.bytes)\($0.unit)" } ?? "\(bytes)B"
    }

    private static func read<Number: FixedWidthInteger>(_ text: String, _ units: [(String, Number)]) -> Number? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let number = Number(digits),
            let factor = units.first(where: { $0.0 == text[digits.endIndex...] })?.1
        else { return nil }
        let (product, overflows) = number.multipliedReportingOverflow(by: factor)
        return overflows ? nil : product
    }
}
