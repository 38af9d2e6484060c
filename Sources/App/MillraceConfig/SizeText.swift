/// Sizes as a config writes them: a number and its unit, together; the units are powers of 1,024.
public enum SizeText {
    /// Why a text is no size.
    public enum Problem: Error, Equatable {
        /// A bare number.
        case noUnit(Int)
        /// Something that reads as a size when written this way.
        case written(String)
        /// Something else.
        case other
    }

    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    private static let words: [String: String] = [
        "k": "KiB", "kb": "KiB", "kib": "KiB", "m": "MiB", "mb": "MiB", "mib": "MiB", "g": "GiB", "gb": "GiB",
        "gib": "GiB", "t": "TiB", "tb": "TiB", "tib": "TiB", "b": "B", "byte": "B", "bytes": "B",
    ]

    /// The bytes of `512B`, `64KiB`, `1MiB`, `2GiB`.
    public static func bytes(_ text: String) throws(Problem) -> Int {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { throw .other }
        let rest = text[digits.endIndex...]
        guard !rest.isEmpty else { throw .noUnit(number) }
        guard let unit = units.first(where: { $0.name == rest }) else {
            throw words[rest.lowercased().filter { $0 != " " }].map { .written("\(number)\($0)") } ?? .other
        }
        let (product, isTooLarge) = number.multipliedReportingOverflow(by: unit.bytes)
        guard !isTooLarge else { throw .other }
        return product
    }

    /// The shortest way to write a size.
    public static func text(_ bytes: Int) -> String {
        guard bytes != 0 else { return "0B" }
        for unit in units where bytes % unit.bytes == 0 { return "\(bytes / unit.bytes)\(unit.name)" }
        return "\(bytes)B"
    }
}
