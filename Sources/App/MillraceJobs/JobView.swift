import Millrace
import MillraceService

/// Where a job that runs and ends shows what it does. Called by the job's own thread.
public protocol JobView: AnyObject {
    /// A line for people, beside the result.
    func say(_ line: String)
    /// A part of the result.
    func result(_ text: String) throws(MillraceError)
    /// So much of `total` is done; `note` is what else there is to say. Called several times a second.
    func progress(_ done: Int, of total: Int, note: String)
    /// Whether to go on with what `question` asks; nil where nobody can be asked.
    func confirm(_ question: String) -> Bool?
}

/// Numbers and words as people read them.
enum JobText {
    /// `1 record`, `2,000 records`
    static func counted(_ value: Int, _ word: String) -> String {
        "\(Figures.count(value)) \(word)\(value == 1 ? "" : "s")"
    }

    /// `12.4s`, `1m04s`, `2h05m`
    static func time(_ milliseconds: Int64) -> String {
        let tenths = milliseconds / 100
        if tenths < 600 { return "\(tenths / 10).\(tenths % 10)s" }
        let seconds = milliseconds / 1_000
        if seconds < 3_600 { return "\(seconds / 60)m\(two(seconds % 60))s" }
        return "\(seconds / 3_600)h\(two(seconds / 60 % 60))m"
    }

    /// `512 B`, `1.5 KiB`, `24.1 GiB`
    static func size(_ bytes: Int) -> String {
        var (value, unit) = (Double(bytes), "B")
        for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1_024 { (value, unit) = (value / 1_024, next) }
        if unit == "B" { return "\(bytes) B" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
